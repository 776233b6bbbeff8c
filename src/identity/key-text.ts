/** A private key as text, as CI injects it and keychains keep it (FORMAT, private key). */
import { base64Decode } from '../crypto/encoding.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { SEED_SIZE } from '../crypto/kem-sizes.ts';
import { utf8 } from '../crypto/wipe.ts';
import { formOf } from './forms.ts';

/** Before the hex of an ML-KEM-1024 seed, which has the length of a 768 one. */
export const PREFIX_1024 = 'ML-KEM-1024:';
export const EMPTY = 'it is empty';
export const NO_TEXT = 'neither hex nor base64 of a private key';

/**
 * The key in the text, white space around it left away: hex or base64 of a seed or of an expanded key, or
 * `ML-KEM-1024:` and the hex of a seed. Or what is wrong with it, which quotes nothing of it. Of hex no string is made.
 */
export function keyOfText(text: Uint8Array): PrivateKey | { readonly wrong: string } {
  const plain = trimmed(text);
  if (plain.length === 0) return { wrong: EMPTY };
  if (utf8(PREFIX_1024).every((byte, index) => plain[index] === byte)) {
    const seed = hexBytes(trimmed(plain.subarray(PREFIX_1024.length)));
    return seed?.length === SEED_SIZE ? formOf(seed, 'ML-KEM-1024') : { wrong: NO_TEXT };
  }
  const bytes = hexBytes(plain) ?? base64Decode(new TextDecoder('latin1').decode(plain));
  return bytes === undefined ? { wrong: NO_TEXT } : formOf(bytes);
}

function trimmed(text: Uint8Array): Uint8Array {
  const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
  const start = text.findIndex((byte) => !isSpace(byte));
  return start < 0
    ? new Uint8Array()
    : text.subarray(start, text.findLastIndex((byte) => !isSpace(byte)) + 1);
}

/** Undefined for what is no hex. */
function hexBytes(text: Uint8Array): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    const [high, low] = [digit(text[2 * index]), digit(text[2 * index + 1])];
    if (high < 0 || low < 0) {
      bytes.fill(0);
      return undefined;
    }
    bytes[index] = 16 * high + low;
  }
  return bytes;
}

function digit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
