/**
 * What the YAML parser is kept from: it takes half a kilobyte for each bracket, and for a map as many comparisons as its
 * number of keys squared, so a file of a megabyte could cost gigabytes or minutes.
 */
import type { Document, LineCounter } from 'yaml';

/** Brackets, quotes, colons, dashes, lines and the like: a file of a megabyte that people write has about as many. */
const MOST_MARKS = 100_000;

/** What is wrong with a text that is nothing but structure, for a message; undefined when nothing is. */
export function tooDense(text: string): string | undefined {
  const marks = /[[\]{},:?\-"'&*!|>%\n]/g;
  let count = 0;
  while (marks.test(text)) count += 1;
  return count > MOST_MARKS
    ? `the file holds more than ${MOST_MARKS} brackets, quotes, colons and lines`
    : undefined;
}

/**
 * Where the first key stands that its map has already; undefined when there is none. In place of the parser's own
 * `uniqueKeys`. A key is its text, as the validator takes it.
 */
export function repeatedKey(
  yaml: typeof import('yaml'),
  document: Document,
  lines: LineCounter,
): { readonly line: number; readonly col: number } | undefined {
  let found: number | undefined;
  yaml.visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!yaml.isScalar(key)) continue;
        const text = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
        if (seen.has(text)) {
          found = key.range?.[0] ?? 0;
          return yaml.visit.BREAK;
        }
        seen.add(text);
      }
      return undefined;
    },
  });
  return found === undefined ? undefined : lines.linePos(found);
}
