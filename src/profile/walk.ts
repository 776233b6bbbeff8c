/** Where the validator is in a YAML document, and how it says what is wrong there. */
import type { Document, LineCounter, Node, Pair } from 'yaml';
import { Fault } from '../fault.ts';
import type { Problem } from './schema.ts';

/** The package, handed in: only a launch that must parse loads it. */
export type Yaml = typeof import('yaml');

export interface Source {
  readonly yaml: Yaml;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly path: string;
}

/** From 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** More aliases than any honest file has: each could stand for a large tree. */
const ALIAS_LIMIT = 1000;

/** A walk along a document counts what could make it endless. */
export interface Walk extends Source {
  aliases: number;
}

/** What an alias stands for; any other node itself. A Fault `profile` for too many of them. */
export function resolve(walk: Walk, node: unknown): unknown {
  if (!walk.yaml.isAlias(node)) return node;
  walk.aliases += 1;
  if (walk.aliases > ALIAS_LIMIT)
    throw fault(walk, node, { message: 'too many aliases', hint: 'write the values out' });
  const target = node.resolve(walk.document);
  if (target === undefined)
    throw fault(walk, node, { message: `there is no anchor &${node.source}`, hint: 'write the value out' });
  return target;
}

/** YAML 1.2 core would make numbers and booleans of some names; here every key is its text. */
export function keyOf(walk: Walk, pair: Pair, name: string): string {
  const key = resolve(walk, pair.key);
  if (!walk.yaml.isScalar(key))
    throw fault(walk, pair.key, { message: `a key in ${name} is no text`, hint: 'quote it' });
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Line and column of a node, from 1; of the document's start when it has none. */
export function positionOf(walk: Source, node: unknown): Position {
  const range = walk.yaml.isNode(node) ? (node as Node).range : undefined;
  const { line, col } = walk.lines.linePos(range?.[0] ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** A Fault `profile` at the node. */
export function fault(walk: Source, node: unknown, problem: Problem): Fault {
  return new Fault('profile', problem.message, {
    hint: problem.hint,
    place: { file: walk.path, ...positionOf(walk, node) },
  });
}

/** The field that a path like `profiles.x.env` ends in. */
export function last(name: string): string {
  return name.split('.').at(-1) ?? name;
}
