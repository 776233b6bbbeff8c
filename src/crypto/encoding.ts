/** Base64 and hex of the files (FORMAT, encodings). Decoders return undefined for text that is not of the form. */

export interface Leniency {
  /** v1 readers accept white space around the text, and for hex upper-case digits. */
  readonly lenient?: boolean;
}

/** RFC 4648 section 4, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  return view(bytes).toString('base64');
}

/** Canonical only: the standard alphabet, padded, the bits that encode nothing zero (RFC 4648 section 3.5). */
export function base64Decode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? trimmed(text) : text;
  return core.length % 4 === 0 ? decode(core, 'base64', (core.length / 4) * 3) : undefined;
}

/** RFC 4648 section 8, in lower case. */
export function hexEncode(bytes: Uint8Array): string {
  return view(bytes).toString('hex');
}

export function hexDecode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? trimmed(text).toLowerCase() : text;
  return core.length % 2 === 0 ? decode(core, 'hex', core.length / 2) : undefined;
}

/**
 * The platform's decoder skips or stops at what it does not know: only text that comes out again was of the form.
 * Written into memory of its own, since the platform's shared pool would keep what is wiped here.
 */
function decode(text: string, form: 'base64' | 'hex', longest: number): Uint8Array | undefined {
  const bytes = new Uint8Array(longest);
  const length = view(bytes).write(text, form);
  const decoded = bytes.subarray(0, length);
  return view(decoded).toString(form) === text ? decoded : undefined;
}

/** Not `trim`: that takes away a byte order mark and every space of Unicode. */
function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
