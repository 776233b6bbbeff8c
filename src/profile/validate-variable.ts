/** What stands under a variable of `env`: a key, or a map that says exactly one thing. */
import type { Pair, YAMLMap } from 'yaml';
import { suggestion } from './nearest.ts';
import { keyProblem, type Problem } from './schema.ts';
import { readTemplate } from './template.ts';
import type { VariableSource } from './types.ts';
import { scalarOf, textOf } from './validate-scalar.ts';
import { fault, keyOf, resolve, type Walk } from './walk.ts';

const FORMS = 'VARIABLE: KEY, or { key: … }, { value: … }, { template: … }, { unset: true }';

/** Throws a Fault `profile` at what is wrong. */
export function variableOf(walk: Walk, node: unknown, name: string): VariableSource {
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
