/**
 * Canonical JSON (FORMAT, one text, one meaning): compact, members sorted by name at every level, plain decimal
 * integers, nothing but ASCII and no escape. So a document has one text, and what is authenticated is that text.
 */

export type CanonicalValue = string | number | readonly CanonicalValue[] | CanonicalObject;
export interface CanonicalObject {
  readonly [name: string]: CanonicalValue;
}

/**
 * Throws RangeError for what has no canonical form: a number that is no integer of 0 to 2^53 - 1, a text with white space,
 * a quote, a backslash, a control character or beyond ASCII.
 */
export function canonicalJson(value: CanonicalValue): string {
  if (typeof value === 'string') return canonicalText(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0))
      throw new RangeError('not a plain integer');
    return String(value);
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${canonicalText(name)}:${canonicalJson(inner)}`);
  return `{${members.join(',')}}`;
}

/** The text without the white space that JSON allows between its tokens. */
export function compactJson(text: string): string {
  return text.replace(/[ \t\n\r]+/g, '');
}

/**
 * Whether white space stands inside a token of a document whose texts hold none of `{}[],:`. Such a text would mean one
 * thing to a reader of JSON and another without its white space.
 */
export function splitsToken(text: string): boolean {
  return /[^{}[\],: \t\n\r][ \t\n\r]+[^{}[\],: \t\n\r]/.test(text);
}

function canonicalText(text: string): string {
  if (!/^[!#-[\]-~]*$/.test(text)) throw new RangeError('a text that has no canonical form');
  return `"${text}"`;
}

/** `Array.isArray` does not narrow readonly arrays out of a union. */
function isArray(value: readonly CanonicalValue[] | CanonicalObject): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
