/** A private key as text, as CI injects it and keychains keep it (FORMAT, private key). */
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { SEED_SIZE } from '../crypto/kem-sizes.ts';
import { formOf } from './forms.ts';

/** Before the hex of an ML-KEM-1024 seed, which has the length of a 768 one. */
export const PREFIX_1024 = 'ML-KEM-1024:';
export const EMPTY = 'it is empty';
export const NO_TEXT = 'neither hex nor base64 of a private key';

/**
 * The key in the text, white space around it left away: hex or base64 of a seed or of an expanded key, or
 * `ML-KEM-1024:` and the hex of a seed. Or what is wrong with it, which quotes nothing of it.
 */
export function keyOfText(text: Uint8Array): PrivateKey | { readonly wrong: string } {
  const plain = new TextDecoder('latin1').decode(text).trim();
  if (plain === '') return { wrong: EMPTY };
  if (plain.startsWith(PREFIX_1024)) {
    const seed = hexDecode(plain.slice(PREFIX_1024.length), { lenient: true });
    return seed?.length === SEED_SIZE ? formOf(seed, 'ML-KEM-1024') : { wrong: NO_TEXT };
  }
  const bytes = hexDecode(plain, { lenient: true }) ?? base64Decode(plain, { lenient: true });
  return bytes === undefined ? { wrong: NO_TEXT } : formOf(bytes);
}
