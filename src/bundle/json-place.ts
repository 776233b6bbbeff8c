/** Where a text stops being JSON (RFC 8259): the runtimes' own parsers quote the text, and not all of them say the place. */

/** What may come next: a value, the end of an array that is empty so far, a name, the end of such an object, … */
type Next = 'value' | 'first' | 'name' | 'first-name' | 'colon' | 'end';

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const ATOM = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/**
 * Line and column of the first character that is wrong, from 1; of the end for a text that lacks something; undefined for
 * JSON.
 */
export function placeOfBreak(text: string): { readonly line: number; readonly column: number } | undefined {
  const offset = offsetOfBreak(text);
  if (offset === undefined) return undefined;
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function offsetOfBreak(text: string): number | undefined {
  const open: ('[' | '{')[] = [];
  let next: Next = 'value';
  for (let at = endOf(SPACE, text, 0) ?? 0; at < text.length; at = endOf(SPACE, text, at) ?? at) {
    const character = text[at] ?? '';
    const isValue = next === 'value' || next === 'first';
    const isName: boolean = next === 'name' || next === 'first-name';
    const string = isValue || isName ? endOf(STRING, text, at) : undefined;
    const atom = isValue ? endOf(ATOM, text, at) : undefined;
    if (string !== undefined || atom !== undefined) {
      at = string ?? atom ?? at;
      next = isName ? 'colon' : 'end';
      continue;
    }
    const closes =
      (character === ']' && open.at(-1) === '[' && (next === 'first' || next === 'end')) ||
      (character === '}' && open.at(-1) === '{' && (next === 'first-name' || next === 'end'));
    if (isValue && (character === '[' || character === '{')) {
      open.push(character);
      next = character === '[' ? 'first' : 'first-name';
    } else if (closes) {
      open.pop();
      next = 'end';
    } else if (next === 'colon' && character === ':') {
      next = 'value';
    } else if (next === 'end' && character === ',' && open.length > 0) {
      next = open.at(-1) === '[' ? 'value' : 'name';
    } else return at;
    at += 1;
  }
  return next === 'end' && open.length === 0 ? undefined : text.length;
}

function endOf(token: RegExp, text: string, at: number): number | undefined {
  token.lastIndex = at;
  return token.test(text) ? token.lastIndex : undefined;
}
