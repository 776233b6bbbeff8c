/**
 * What JSON.parse lets pass and a reader of other people's files must not: two members of one name, of which readers
 * pick different ones, and nesting or numbers of objects that cost memory without meaning anything. Looked at before
 * parsing, without recursion, in one pass over the text.
 */

export interface JsonLimits {
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Objects and arrays in all. */
  readonly containers: number;
}

/** Enough for every document of version 1, with fields that a later engine may add. */
export const V1_LIMITS: JsonLimits = { depth: 16, containers: 1000 };

/** What is wrong with the text, for a message; undefined when nothing is. Text that is not JSON may pass. */
export function ambiguity(text: string, limits: JsonLimits): string | undefined {
  // One entry for each object or array that is open: the names seen, or undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  const structure = /["{}[\]]/g;
  let containers = 0;
  for (let found = structure.exec(text); found !== null; found = structure.exec(text)) {
    switch (found[0]) {
      case '{':
      case '[':
        containers += 1;
        open.push(found[0] === '{' ? new Set() : undefined);
        if (open.length > limits.depth) return `it is nested deeper than ${limits.depth} levels`;
        if (containers > limits.containers)
          return `it holds more than ${limits.containers} objects and arrays`;
        break;
      case '"': {
        const end = stringEnd(text, found.index);
        if (end < 0) return undefined;
        const names = open.at(-1);
        structure.lastIndex = end + 1;
        if (names === undefined || !isNamePlace(text, found.index)) break;
        const name = meaning(text.slice(found.index, end + 1));
        if (names.has(name)) return `two members are named ${name}`;
        names.add(name);
        break;
      }
      default:
        open.pop();
    }
  }
  return undefined;
}

/** Where the string that starts at `start` has its closing quote; -1 when it has none. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}

/** Whether a string that starts at `start`, in an object, is a name: values stand behind a colon. */
function isNamePlace(text: string, start: number): boolean {
  let before = start - 1;
  while (text[before] === ' ' || text[before] === '\n' || text[before] === '\t' || text[before] === '\r')
    before -= 1;
  return text[before] === '{' || text[before] === ',';
}

/** A name as it is meant: `\u0041` is `A`. */
function meaning(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}
