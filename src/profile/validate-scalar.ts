/** Single values of a profile file: texts, choices, modes. Each is a Fault `profile` for what is none. */
import { suggestion } from './nearest.ts';
import type { Problem } from './schema.ts';
import { fault, last, type Walk } from './walk.ts';

export function textOf(
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

export function scalarOf(
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

export function choiceOf(walk: Walk, node: unknown, name: string, values: readonly string[]): string {
  const value = walk.yaml.isScalar(node) ? node.value : undefined;
  // YAML 1.2 reads `off` as text, and so do we.
  if (typeof value === 'string' && values.includes(value)) return value;
  const hint =
    (typeof value === 'string' ? suggestion(value, values) : undefined) ?? `one of ${values.join(', ')}`;
  throw fault(walk, node, { message: `${name} is not one of its values`, hint });
}

/** Nobody but the owner may write such a file. */
export function modeOf(walk: Walk, node: unknown, name: string): number {
  const text = walk.yaml.isScalar(node) ? (node.source ?? String(node.value)) : '';
  const digits = /^(?:0o?)?([0-7]{3})$/.exec(text)?.[1];
  if (digits === undefined)
    throw fault(walk, node, { message: `${name} is no mode of three octal digits`, hint: 'mode: 0600' });
  const mode = Number.parseInt(digits, 8);
  if ((mode & 0o022) !== 0)
    throw fault(walk, node, { message: `${name} lets others write the file`, hint: 'mode: 0600' });
  return mode;
}
