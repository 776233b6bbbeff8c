/** Base64 and hex of the files (FORMAT, encodings). Decoders return undefined for text that is not of the form. */

export interface Leniency {
  /** v1 readers accept white space around the text, and for hex upper-case digits. */
  readonly lenient?: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 4648 section 4, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Canonical only: the standard alphabet, padded, the bits that encode nothing zero (RFC 4648 section 3.5). */
export function base64Decode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? text.trim() : text;
  if (!BASE64.test(core)) return undefined;
  const bytes = Buffer.from(core, 'base64');
  return bytes.toString('base64') === core ? new Uint8Array(bytes) : undefined;
}

/** Lower case. */
export function hexEncode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function hexDecode(text: string, { lenient = false }: Leniency = {}): Uint8Array | undefined {
  const core = lenient ? text.trim().toLowerCase() : text;
  if (core.length % 2 !== 0 || !/^[0-9a-f]*$/.test(core)) return undefined;
  return new Uint8Array(Buffer.from(core, 'hex'));
}
