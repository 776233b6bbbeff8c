/**
 * Texts as words of a command line: so that a hint works when it is typed or pasted as it stands, and that a line which a
 * shell evaluates runs nothing of a name's (security, traps 7 and 10).
 */
import { printable } from './fault.ts';

/**
 * One word for sh, bash, zsh and dash. What could not be shown on a terminal (control characters, invisible ones, bytes
 * that are not UTF-8) is written as `$'\x1b'`, which all but dash read.
 */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${Array.from(text, escaped).join('')}'`;
}

/** One word for fish. */
export function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A character of what stands between `$'` and `'`. */
function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (printable(character) === character) return character;
  const code = character.charCodeAt(0);
  // A byte b that is not UTF-8 stands as U+DC00 + b (platform/bytes.ts).
  const bytes = code >= 0xdc80 && code <= 0xdcff ? [code - 0xdc00] : [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
