/**
 * What the YAML parser is kept from: it takes half a kilobyte for each bracket, and for a map as many comparisons as its
 * number of keys squared, so a file of a megabyte could cost gigabytes or minutes.
 */
import type { Document, LineCounter } from 'yaml';
import type { Place } from '../fault.ts';

/** The package, handed in: only who must parse loads it. */
type Yaml = typeof import('yaml');

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

export interface ParsedYaml {
  readonly document: Document;
  readonly lines: LineCounter;
  /** The first thing that is wrong: the parser's code, and where in `file`. */
  readonly complaint: { readonly code: string; readonly place: Place } | undefined;
}

/** YAML 1.2 core, one document; warnings and repeated keys are complaints too. */
export function parseYaml(yaml: Yaml, text: string, file: string): ParsedYaml {
  const lines = new yaml.LineCounter();
  const document: Document.Parsed = yaml.parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
  });
  const [first] = [...document.errors, ...document.warnings];
  const offset = first === undefined ? repeatedKey(yaml, document) : first.pos[0];
  if (offset === undefined) return { document, lines, complaint: undefined };
  const { line, col } = lines.linePos(offset);
  const place = { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  return { document, lines, complaint: { code: first?.code ?? 'DUPLICATE_KEY', place } };
}

/**
 * Where the first key stands that its map has already; undefined when there is none. In place of the parser's own
 * `uniqueKeys`. A key is its text, as the validator takes it.
 */
function repeatedKey(yaml: Yaml, document: Document): number | undefined {
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
  return found;
}
