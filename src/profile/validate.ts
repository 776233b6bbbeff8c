/**
 * Walks a parsed YAML document along the schema and takes its data out as plain values. The first thing that is wrong is
 * a Fault with file, line and column.
 */
import type { Document, LineCounter, Node, Pair, YAMLMap } from 'yaml';
import { Fault } from '../fault.ts';
import { suggestion } from './nearest.ts';
import { keyProblem, type Problem, type Schema } from './schema.ts';
import { readTemplate } from './template.ts';
import type { VariableSource } from './types.ts';

/** The package, handed in: only a launch that must parse loads it. */
export type Yaml = typeof import('yaml');

export interface Source {
  readonly yaml: Yaml;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly path: string;
}

/** What the walk gives: scalars, lists, and maps as entries in the order of the file, each with its line. */
export type Data =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly at: Position }
  | { readonly kind: 'list'; readonly items: readonly Data[] }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'variable'; readonly source: VariableSource };

/** From 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Entry {
  readonly name: string;
  readonly line: number;
  readonly data: Data;
}

/** More aliases than any honest file has: each could stand for a large tree. */
const ALIAS_LIMIT = 1000;

interface Walk extends Source {
  aliases: number;
}

/** The data of the whole document. Throws a Fault `profile`. */
export function validate(source: Source, schema: Schema): Data {
  const { contents } = source.document;
  const walk: Walk = { ...source, aliases: 0 };
  if (contents === null) throw fault(walk, undefined, { message: 'the file is empty', hint: 'version: 1' });
  return visit(walk, contents, schema, 'the file');
}

function visit(walk: Walk, given: unknown, schema: Schema, name: string): Data {
  const node = resolve(walk, given);
  switch (schema.kind) {
    case 'text':
      return scalar(walk, node, textOf(walk, node, name, schema.what, schema.check));
    case 'flag':
      return scalar(
        walk,
        node,
        scalarOf(walk, node, name, 'true or false', (value) => typeof value === 'boolean'),
      );
    case 'constant':
      return scalar(
        walk,
        node,
        scalarOf(walk, node, name, String(schema.value), (value) => value === schema.value),
      );
    case 'choice':
      return scalar(walk, node, choiceOf(walk, node, name, schema.values));
    case 'list':
      return listOf(walk, node, schema.of, name);
    case 'one-or-list':
      return walk.yaml.isSeq(node)
        ? listOf(walk, node, schema.of, name)
        : { kind: 'list', items: [visit(walk, node, schema.of, name)] };
    case 'choice-or-list':
      return walk.yaml.isSeq(node)
        ? listOf(walk, node, schema.of, name)
        : scalar(walk, node, choiceOf(walk, node, name, schema.values));
    case 'map':
      return mapOf(walk, node, name, schema.key, () => schema.of);
    case 'object':
      return objectOf(walk, node, schema, name);
    case 'variable':
      return { kind: 'variable', source: variableOf(walk, node, name) };
    case 'mode':
      return scalar(walk, node, modeOf(walk, node, name));
    case 'value':
      return anyValue(walk, node, schema, name);
  }
}

function scalar(walk: Walk, node: unknown, value: string | number | boolean | null): Data {
  return { kind: 'scalar', value, at: positionOf(walk, node) };
}

function resolve(walk: Walk, node: unknown): unknown {
  if (!walk.yaml.isAlias(node)) return node;
  walk.aliases += 1;
  if (walk.aliases > ALIAS_LIMIT)
    throw fault(walk, node, { message: 'too many aliases', hint: 'write the values out' });
  const target = node.resolve(walk.document);
  if (target === undefined)
    throw fault(walk, node, { message: `there is no anchor &${node.source}`, hint: 'write the value out' });
  return target;
}

function listOf(walk: Walk, node: unknown, of: Schema, name: string): Data {
  if (!walk.yaml.isSeq(node))
    throw fault(walk, node, { message: `${name} is a list`, hint: `${last(name)}: [ … ]` });
  return { kind: 'list', items: node.items.map((item) => visit(walk, item, of, name)) };
}

function objectOf(
  walk: Walk,
  node: unknown,
  schema: Schema & { readonly kind: 'object' },
  name: string,
): Data {
  const data = mapOf(
    walk,
    node,
    name,
    () => undefined,
    (field, key) => {
      if (Object.hasOwn(schema.fields, field)) return schema.fields[field];
      const fields = Object.keys(schema.fields);
      throw fault(walk, key, {
        message: `unknown field \`${field}\` in ${name}`,
        hint: suggestion(field, fields) ?? `fields: ${fields.join(', ')}`,
      });
    },
  );
  const missing = schema.required.find(
    (field) => data.kind === 'map' && !data.entries.some((entry) => entry.name === field),
  );
  if (missing !== undefined)
    throw fault(walk, node, {
      message: `${name} has no \`${missing}\``,
      hint: `${missing}: ${missing === 'version' ? '1' : '…'}`,
    });
  refuseTogether(walk, node, schema, data);
  return data;
}

function refuseTogether(walk: Walk, node: unknown, schema: Schema & { readonly kind: 'object' }, data: Data) {
  if (data.kind !== 'map') return;
  const wrong = schema.together?.(new Set(data.entries.map((entry) => entry.name)));
  if (wrong === undefined) return;
  const pairs: readonly Pair[] = walk.yaml.isMap(node) ? node.items : [];
  const pair = pairs.find(
    (candidate) => wrong.field !== undefined && keyOf(walk, candidate, '') === wrong.field,
  );
  throw fault(walk, pair?.key ?? node, wrong.problem);
}

/** Any tree of texts, numbers, truth values, nulls, lists and maps. */
function anyValue(
  walk: Walk,
  node: unknown,
  schema: Schema & { readonly kind: 'value' },
  name: string,
): Data {
  if (schema.single !== true && walk.yaml.isSeq(node)) return listOf(walk, node, schema, name);
  if (schema.single !== true && walk.yaml.isMap(node))
    return mapOf(
      walk,
      node,
      name,
      () => undefined,
      () => schema,
    );
  if (!walk.yaml.isScalar(node) && node !== null)
    throw fault(walk, node, { message: `${name} is a single value`, hint: `${last(name)}: "{{ KEY }}"` });
  const value = walk.yaml.isScalar(node) ? node.value : null;
  if (value === null || typeof value === 'boolean') return scalar(walk, node, value);
  if (typeof value === 'number') {
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    if (exact) return scalar(walk, node, value);
    throw fault(walk, node, { message: `${name} is a number that cannot be kept exactly`, hint: 'quote it' });
  }
  return scalar(walk, node, textOf(walk, node, name, 'a text', schema.check));
}

/** Nobody but the owner may write such a file. */
function modeOf(walk: Walk, node: unknown, name: string): number {
  const text = walk.yaml.isScalar(node) ? (node.source ?? String(node.value)) : '';
  const digits = /^(?:0o?)?([0-7]{3})$/.exec(text)?.[1];
  if (digits === undefined)
    throw fault(walk, node, { message: `${name} is no mode of three octal digits`, hint: 'mode: 0600' });
  const mode = Number.parseInt(digits, 8);
  if ((mode & 0o022) !== 0)
    throw fault(walk, node, { message: `${name} lets others write the file`, hint: 'mode: 0600' });
  return mode;
}

function mapOf(
  walk: Walk,
  node: unknown,
  name: string,
  check: (key: string) => Problem | undefined,
  schemaOf: (key: string, at: unknown) => Schema | undefined,
): Data {
  if (walk.yaml.isScalar(node) && node.value === null) return { kind: 'map', entries: [] };
  if (!walk.yaml.isMap(node)) {
    const hint = name === 'the file' ? 'version: 1' : `${last(name)}: { … }`;
    throw fault(walk, node, { message: `${name} is a map`, hint });
  }
  const entries = (node as YAMLMap).items.map((pair: Pair): Entry => {
    const key = keyOf(walk, pair, name);
    const problem = check(key);
    if (problem !== undefined) throw fault(walk, pair.key, problem);
    const of = schemaOf(key, pair.key);
    if (of === undefined)
      throw fault(walk, pair.key, { message: `unknown field \`${key}\``, hint: `remove \`${key}\`` });
    const data = visit(walk, pair.value ?? pair.key, of, name === 'the file' ? key : `${name}.${key}`);
    return { name: key, line: positionOf(walk, pair.key).line, data };
  });
  return { kind: 'map', entries };
}

/** YAML 1.2 core would make numbers and booleans of some names; here every key is its text. */
function keyOf(walk: Walk, pair: Pair, name: string): string {
  const key = resolve(walk, pair.key);
  if (!walk.yaml.isScalar(key))
    throw fault(walk, pair.key, { message: `a key in ${name} is no text`, hint: 'quote it' });
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function textOf(
  walk: Walk,
  node: unknown,
  name: string,
  what: string,
  check: ((text: string) => Problem | undefined) | undefined,
): string {
  if (!walk.yaml.isScalar(node) || typeof node.value !== 'string') {
    throw fault(walk, node, { message: `${name} is ${what}`, hint: 'quote it to make it a text' });
  }
  const problem = check?.(node.value);
  if (problem !== undefined) throw fault(walk, node, problem);
  return node.value;
}

function scalarOf(
  walk: Walk,
  node: unknown,
  name: string,
  what: string,
  fits: (value: unknown) => boolean,
): string | number | boolean {
  const value = walk.yaml.isScalar(node) ? node.value : undefined;
  if (fits(value) && (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'))
    return value;
  throw fault(walk, node, { message: `${name} is ${what}`, hint: `${last(name)}: ${what.split(' ')[0]}` });
}

function choiceOf(walk: Walk, node: unknown, name: string, values: readonly string[]): string {
  const value = walk.yaml.isScalar(node) ? node.value : undefined;
  // YAML 1.2 reads `off` as text, and so do we.
  if (typeof value === 'string' && values.includes(value)) return value;
  const hint =
    (typeof value === 'string' ? suggestion(value, values) : undefined) ?? `one of ${values.join(', ')}`;
  throw fault(walk, node, { message: `${name} is not one of its values`, hint });
}

const FORMS = 'VARIABLE: KEY, or { key: … }, { value: … }, { template: … }, { unset: true }';

function variableOf(walk: Walk, node: unknown, name: string): VariableSource {
  if (walk.yaml.isScalar(node) && typeof node.value === 'string')
    return { kind: 'key', key: textOf(walk, node, name, 'the name of a key', keyProblem), optional: false };
  if (!walk.yaml.isMap(node))
    throw fault(walk, node, { message: `${name} is neither a key nor a map`, hint: FORMS });
  const fields = new Map((node as YAMLMap).items.map((pair: Pair) => [keyOf(walk, pair, name), pair]));
  const kinds = [...fields.keys()].filter((field) => field !== 'optional');
  const [kind] = kinds;
  const pair = kind === undefined ? undefined : fields.get(kind);
  if (kinds.length !== 1 || pair === undefined)
    throw fault(walk, node, { message: `${name} says not exactly one thing`, hint: FORMS });
  const optional = optionalOf(walk, fields.get('optional'), kind, name);
  const value = resolve(walk, pair.value);
  switch (kind) {
    case 'key':
      return { kind, key: textOf(walk, value, `${name}.key`, 'the name of a key', keyProblem), optional };
    case 'value':
      return { kind, value: textOf(walk, value, `${name}.value`, 'a text', noNul) };
    case 'template':
      return { kind, template: templateOf(walk, value, name) };
    case 'unset':
      scalarOf(walk, value, `${name}.unset`, 'true', (flag) => flag === true);
      return { kind };
    default:
      throw fault(walk, pair.key, {
        message: `unknown field \`${kind}\` in ${name}`,
        hint: suggestion(kind ?? '', ['key', 'optional', 'value', 'template', 'unset']) ?? FORMS,
      });
  }
}

function optionalOf(walk: Walk, pair: Pair | undefined, kind: string | undefined, name: string): boolean {
  if (pair === undefined) return false;
  if (kind !== 'key')
    throw fault(walk, pair.key, {
      message: `only a key can be optional in ${name}`,
      hint: '{ key: …, optional: true }',
    });
  return (
    scalarOf(
      walk,
      resolve(walk, pair.value),
      `${name}.optional`,
      'true or false',
      (flag) => typeof flag === 'boolean',
    ) === true
  );
}

function templateOf(walk: Walk, node: unknown, name: string) {
  const template = readTemplate(textOf(walk, node, `${name}.template`, 'a text', noNul));
  if ('message' in template) throw fault(walk, node, template);
  const file = template.find((part) => part.kind === 'file');
  if (file !== undefined)
    throw fault(walk, node, {
      message: `${name} names a file, which a variable cannot hold`,
      hint: '{{ KEY }}',
    });
  return template;
}

function noNul(text: string): Problem | undefined {
  return text.includes('\0') ? { message: 'a variable holds no NUL', hint: 'remove the \\0' } : undefined;
}

function last(name: string): string {
  return name.split('.').at(-1) ?? name;
}

/** Line and column of a node, from 1; of the document's start when it has none. */
function positionOf(walk: Source, node: unknown): Position {
  const range = walk.yaml.isNode(node) ? (node as Node).range : undefined;
  const { line, col } = walk.lines.linePos(range?.[0] ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function fault(walk: Source, node: unknown, problem: Problem): Fault {
  return new Fault('profile', problem.message, {
    hint: problem.hint,
    place: { file: walk.path, ...positionOf(walk, node) },
  });
}
