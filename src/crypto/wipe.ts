import { hexEncode } from './encoding.ts';

/** Overwrites secrets that are no longer needed. Arrays only: strings cannot be overwritten, and are made late. */
export function wipe(...arrays: readonly Uint8Array[]): void {
  for (const array of arrays) array.fill(0);
}

/** The same for all values of a map, which stays as it is. */
export function wipeValues(map: ReadonlyMap<string, Uint8Array>): void {
  for (const [, value] of map) value.fill(0);
}

/** Whether two arrays hold the same bytes, in a time that depends on their length alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

/** The same for what is public, such as keys of a thousand bytes: quicker, in a time that tells where they differ. */
export function samePublicBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && hexEncode(a) === hexEncode(b);
}

/** One array after the other. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const encoder = new TextEncoder();

/** The bytes of a text in UTF-8; for constants and names. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
