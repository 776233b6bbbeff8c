/** Base64 and hex of the files (FORMAT, encodings). Decoders return undefined for text that is not of the form. */
import { nativeDecode, nativeEncode } from '#native';

export interface Leniency {
  /** v1 readers accept white space around the text, and for hex upper-case digits. */
  readonly lenient?: boolean;
}

/** RFC 4648 section 4, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  return nativeEncode(bytes, 'base64');
}

/** Canonical only: the standard alphabet, padded, the bits that encode nothing zero (RFC 4648 section 3.5). */
export function base64Decode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? trimmed(text) : text;
  return core.length % 4 === 0 ? decode(core, 'base64') : undefined;
}

/** RFC 4648 section 8, in lower case. */
export function hexEncode(bytes: Uint8Array): string {
  return nativeEncode(bytes, 'hex');
}

export function hexDecode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? trimmed(text).toLowerCase() : text;
  return core.length % 2 === 0 ? decode(core, 'hex') : undefined;
}

/** The platforms skip what they do not know, or stop at it: only text that comes out again was of the form. */
function decode(text: string, form: 'base64' | 'hex'): Uint8Array | undefined {
  const bytes = nativeDecode(text, form);
  return bytes !== undefined && nativeEncode(bytes, form) === text ? bytes : undefined;
}

/** Not `trim`, which takes away a byte order mark and every space of Unicode. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
