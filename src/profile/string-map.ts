/** A YAML map of names to texts, as `import` takes it: nothing is read as text that was not written as one. */
import type { Document, LineCounter, Node } from 'yaml';
import { Fault, type Place } from '../fault.ts';
import { yamlFault } from './parse.ts';

/**
 * Name → text, in the order of the file. Faults `input` with file, line and column: not YAML 1.2, no map, a name or a
 * value that is no text. Values are never quoted.
 */
export async function parseStringMap(text: string, file: string): Promise<ReadonlyMap<string, string>> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    uniqueKeys: true,
    strict: true,
  });
  refuseBroken(document, lines, file);
  const { contents } = document;
  if (!isMap(contents))
    throw new Fault('input', 'the file is no map of names to values', { place: { file } });
  const found = new Map<string, string>();
  for (const { key, value } of contents.items) {
    if (!isScalar(key) || typeof key.value !== 'string') {
      throw new Fault('input', 'a name in this file is no text', { place: { file } });
    }
    if (!isScalar(value) || typeof value.value !== 'string') {
      const place = placeOf(isNode(value) ? value : key, lines, file);
      throw new Fault('input', `the value of this name is no text`, { place, hint: 'quote it: NAME: "42"' });
    }
    found.set(key.value, value.value);
  }
  return found;
}

function refuseBroken(document: Document.Parsed, lines: LineCounter, file: string): void {
  const [complaint] = [...document.errors, ...document.warnings];
  if (complaint === undefined) return;
  const { line, col } = lines.linePos(complaint.pos[0]);
  const { message, hint } = yamlFault(complaint.code, { file });
  const place = { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  throw new Fault('input', message, hint === undefined ? { place } : { place, hint });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function placeOf(node: Node, lines: LineCounter, file: string): Place {
  const { line, col } = lines.linePos(node.range?.[0] ?? 0);
  return { file, line, column: col };
}
