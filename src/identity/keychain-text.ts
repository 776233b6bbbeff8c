/** A private key as the text of a keychain's entry (FORMAT, keychain). */
import type { PrivateKey } from '../crypto/kem.ts';
import { equalBytes, utf8 } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { keyOfText, NO_TEXT, PREFIX_1024 } from './key-text.ts';

/** Hex, and before the seed of an ML-KEM-1024 key its algorithm. To be wiped; no string is made of it. */
export function entryText({ alg, form, bytes }: PrivateKey): Uint8Array {
  const prefix = alg === 'ML-KEM-1024' && form === 'seed' ? utf8(PREFIX_1024) : new Uint8Array();
  const text = new Uint8Array(prefix.length + 2 * bytes.length);
  text.set(prefix);
  bytes.forEach((byte, index) => {
    text[prefix.length + 2 * index] = digit(byte >> 4);
    text[prefix.length + 2 * index + 1] = digit(byte & 15);
  });
  return text;
}

/** The key in the text, which is as older engines or `entryText` wrote it. A Fault `identity` that quotes nothing of it. */
export function keyOfEntry(text: Uint8Array, entry: string): PrivateKey {
  const found = keyOfText(text);
  if ('bytes' in found) return found;
  const what = found.wrong === NO_TEXT ? `it is ${NO_TEXT}` : found.wrong;
  throw new Fault('identity', `the entry ${entry} of the keychain cannot be used: ${what}`, {
    hint: 'pqx keygen --store keychain --force   replaces it, and keeps what is there under another account',
  });
}

/** Whether the entry is written as pqx writes it. */
export function isAsWritten(text: Uint8Array, key: PrivateKey): boolean {
  const written = entryText(key);
  const same = equalBytes(written, text);
  written.fill(0);
  return same;
}

function digit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}
