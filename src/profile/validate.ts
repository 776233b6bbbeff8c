/**
 * Walks a parsed YAML document along the schema and takes its data out as plain values. The first thing that is wrong is
 * a Fault with file, line and column.
 */
import type { Pair, YAMLMap } from 'yaml';
import { suggestion } from './nearest.ts';
import type { Problem, Schema } from './schema.ts';
import type { VariableSource } from './types.ts';
import { choiceOf, modeOf, scalarOf, textOf } from './validate-scalar.ts';
import { variableOf } from './validate-variable.ts';
import { fault, keyOf, last, type Position, positionOf, resolve, type Source, type Walk } from './walk.ts';

/** What the walk gives: scalars, lists, and maps as entries in the order of the file, each with its line. */
export type Data =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly at: Position }
  | { readonly kind: 'list'; readonly items: readonly Data[] }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'variable'; readonly source: VariableSource };

export interface Entry {
  readonly name: string;
  readonly line: number;
  readonly data: Data;
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
