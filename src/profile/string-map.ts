/** A YAML map of names to texts, as `import` takes it: nothing is read as text that was not written as one. */
import type { LineCounter, Node } from 'yaml';
import { Fault, type Place } from '../fault.ts';
import { yamlFault } from './parse.ts';
import { parseYaml, tooDense } from './yaml-guard.ts';

/**
 * Name → text, in the order of the file. Faults `input` with file, line and column: not YAML 1.2, no map, a name or a
 * value that is no text. Values are never quoted.
 */
export async function parseStringMap(text: string, file: string): Promise<ReadonlyMap<string, string>> {
  const dense = tooDense(text);
  if (dense !== undefined) throw new Fault('input', dense, { place: { file }, hint: 'split it' });
  const yaml = await import('yaml');
  const { document, lines, complaint } = parseYaml(yaml, text, file);
  if (complaint !== undefined) {
    const { message, hint } = yamlFault(complaint.code, complaint.place);
    const { place } = complaint;
    throw new Fault('input', message, hint === undefined ? { place } : { place, hint });
  }
  const { contents } = document;
  if (!yaml.isMap(contents))
    throw new Fault('input', 'the file is no map of names to values', {
      place: { file },
      hint: 'NAME: "value"   one a line',
    });
  const found = new Map<string, string>();
  for (const { key, value } of contents.items) {
    if (!yaml.isScalar(key) || typeof key.value !== 'string') {
      throw new Fault('input', 'a name in this file is no text', {
        place: placeOf(isNode(key) ? key : contents, lines, file),
        hint: 'NAME: "value"   one a line',
      });
    }
    if (!yaml.isScalar(value) || typeof value.value !== 'string') {
      const place = placeOf(isNode(value) ? value : key, lines, file);
      throw new Fault('input', `the value of this name is no text`, { place, hint: 'quote it: NAME: "42"' });
    }
    found.set(key.value, value.value);
  }
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function placeOf(node: Node, lines: LineCounter, file: string): Place {
  const { line, col } = lines.linePos(node.range?.[0] ?? 0);
  return { file, line, column: col };
}
