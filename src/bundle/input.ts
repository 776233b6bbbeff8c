/** KEY=VALUE text, as `pack` and `import` read it (FORMAT, input): on bytes, so that no value becomes a string. */
import { utf8, wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { MOST_SECRETS } from './limits.ts';
import { checkValue, isName } from './names.ts';
import type { Secrets } from './types.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const HASH = 0x23;

/** What may stand behind a backslash between double quotes, and what it means. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, LF], // \n
  [0x72, CR], // \r
  [0x74, TAB], // \t
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [0x24, 0x24], // \$
  [0x60, 0x60], // \`
]);

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  line: number;
}

/**
 * The assignments in `bytes`, in order. A Fault `input` with `file` and the line for a line without `=`, a bad or
 * duplicate name, a value without its closing quote or that may not be stored; values read so far are wiped then.
 */
export function readAssignments(bytes: Uint8Array, file: string): Secrets {
  refuseNul(bytes, file);
  const secrets: Secrets = new Map();
  const cursor: Cursor = { bytes, at: startsWithBom(bytes) ? 3 : 0, line: 1 };
  try {
    while (cursor.at < bytes.length) readLine(cursor, secrets, file);
    return secrets;
  } catch (error) {
    wipeValues(secrets);
    throw error;
  }
}

function startsWithBom(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** In any place, a comment too: what comes behind it would be lost to programs in C. UTF-16 is full of them. */
function refuseNul(bytes: Uint8Array, file: string): void {
  const at = bytes.indexOf(0);
  if (at < 0) return;
  const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === LF ? 1 : 0), 1);
  throw wrong(
    file,
    line,
    'there is a NUL in this line',
    'text in UTF-16? iconv -f UTF-16 -t UTF-8 makes UTF-8 of it',
  );
}

function readLine(cursor: Cursor, secrets: Secrets, file: string): void {
  const { line } = cursor;
  skipBlanks(cursor);
  if (atLineEnd(cursor) || cursor.bytes[cursor.at] === HASH) {
    skipLine(cursor);
    return;
  }
  const name = readName(cursor, file);
  if (secrets.has(name)) throw wrong(file, line, `${name} stands twice`, 'keep one of the two lines');
  if (secrets.size === MOST_SECRETS)
    throw wrong(file, line, `there are more than ${MOST_SECRETS} keys`, 'keep some in a second bundle');
  const value = readValue(cursor, name, file);
  secrets.set(name, value);
  try {
    checkValue(name, value);
  } catch (error) {
    throw error instanceof Fault
      ? new Fault('input', error.message, { place: { file, line }, ...hintOf(error) })
      : error;
  }
}

function hintOf(fault: Fault): { readonly hint?: string } {
  return fault.hint === undefined ? {} : { hint: fault.hint };
}

function readName(cursor: Cursor, file: string): string {
  const end = lineEnd(cursor);
  const equals = cursor.bytes.subarray(cursor.at, end).indexOf(0x3d);
  if (equals < 0) throw wrong(file, cursor.line, 'there is no = in this line', 'NAME=value');
  const raw = new TextDecoder('latin1').decode(cursor.bytes.subarray(cursor.at, cursor.at + equals));
  const name = raw.replace(/^export[ \t]+/, '');
  // What stands here may be a value whose name was forgotten: it is not repeated.
  if (!isName(name))
    throw wrong(
      file,
      cursor.line,
      'what stands before = is no name',
      'names are letters, digits and _, and start with no digit',
    );
  cursor.at += equals + 1;
  return name;
}

function readValue(cursor: Cursor, name: string, file: string): Uint8Array {
  const start = cursor.at;
  skipBlanks(cursor);
  const quote = cursor.bytes[cursor.at];
  if (quote !== QUOTE && quote !== APOSTROPHE) {
    cursor.at = start;
    return readBare(cursor);
  }
  const value: Growing = { bytes: new Uint8Array(), length: 0 };
  try {
    while (isQuote(cursor.bytes[cursor.at]) || cursor.bytes[cursor.at] === BACKSLASH) {
      const part = readPart(cursor, name, file);
      append(value, part);
      wipe(part);
    }
    const quotesEnd = cursor.at;
    skipBlanks(cursor);
    const comment = cursor.at > quotesEnd && cursor.bytes[cursor.at] === HASH;
    if (!comment && !atLineEnd(cursor)) throw behindQuote(cursor, name, file);
    skipLine(cursor);
    return value.bytes.slice(0, value.length);
  } finally {
    wipe(value.bytes);
  }
}

/** Parts of a value, of which there may be millions, in one array. */
interface Growing {
  bytes: Uint8Array;
  length: number;
}

function append(into: Growing, part: Uint8Array): void {
  if (into.length + part.length > into.bytes.length) {
    const larger = new Uint8Array(2 * into.length + part.length);
    larger.set(into.bytes.subarray(0, into.length));
    wipe(into.bytes);
    into.bytes = larger;
  }
  into.bytes.set(part, into.length);
  into.length += part.length;
}

/** One quoted part; or `\'` between two, with which a shell's quoting writes an apostrophe. */
function readPart(cursor: Cursor, name: string, file: string): Uint8Array {
  const quote = cursor.bytes[cursor.at];
  if (quote === BACKSLASH) {
    if (cursor.bytes[cursor.at + 1] !== APOSTROPHE) throw behindQuote(cursor, name, file);
    cursor.at += 2;
    return utf8("'");
  }
  const { line } = cursor;
  cursor.at += 1;
  const value = new Uint8Array(quotedLength(cursor, quote === QUOTE));
  let length = 0;
  for (;;) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) {
      wipe(value);
      throw wrong(
        file,
        line,
        `the value of ${name} has no closing quote`,
        'a value over several lines ends with the quote that it starts with',
      );
    }
    cursor.at += 1;
    if (byte === quote) return value.subarray(0, length);
    if (byte === LF) cursor.line += 1;
    const escaped =
      quote === QUOTE && byte === BACKSLASH ? ESCAPES.get(cursor.bytes[cursor.at] ?? 0) : undefined;
    if (escaped !== undefined) cursor.at += 1;
    value[length] = escaped ?? byte;
    length += 1;
  }
}

/** At most so many bytes has the quoted part that starts here. */
function quotedLength(cursor: Cursor, escapes: boolean): number {
  let at = cursor.at;
  const quote = cursor.bytes[at - 1];
  while (at < cursor.bytes.length && cursor.bytes[at] !== quote)
    at += escapes && cursor.bytes[at] === BACKSLASH ? 2 : 1;
  return Math.max(at - cursor.at, 0);
}

/** Up to the end of the line, outer white space trimmed; an inner ` #` belongs to the value. */
function readBare(cursor: Cursor): Uint8Array {
  let from = cursor.at;
  let to = lineEnd(cursor);
  while (from < to && isBlank(cursor.bytes[from])) from += 1;
  while (to > from && isBlank(cursor.bytes[to - 1])) to -= 1;
  const value = cursor.bytes.slice(from, to);
  skipLine(cursor);
  return value;
}

/** At the line's end, which may be CR LF. */
function atLineEnd({ bytes, at }: Cursor): boolean {
  const next = bytes[at] === CR ? at + 1 : at;
  return next >= bytes.length || bytes[next] === LF;
}

function lineEnd(cursor: Cursor): number {
  const end = cursor.bytes.indexOf(LF, cursor.at);
  return end < 0 ? cursor.bytes.length : end;
}

function skipLine(cursor: Cursor): void {
  cursor.at = lineEnd(cursor) + 1;
  cursor.line += 1;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.bytes[cursor.at] === SPACE || cursor.bytes[cursor.at] === TAB) cursor.at += 1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

function isQuote(byte: number | undefined): boolean {
  return byte === QUOTE || byte === APOSTROPHE;
}

function behindQuote(cursor: Cursor, name: string, file: string): Fault {
  const what = `something stands behind the closing quote of ${name}`;
  return wrong(file, cursor.line, what, "quote the whole value: NAME='…'");
}

function wrong(file: string, line: number, what: string, hint: string): Fault {
  return new Fault('input', what, { place: { file, line }, hint });
}
