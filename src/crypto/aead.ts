/** AES-256-GCM (SP 800-38D) with a nonce of 12 bytes; the tag of 16 bytes stands behind the ciphertext. */
import { nativeOpen, nativeSeal } from '#native';

/** Lengths in bytes. */
export const AEAD = { key: 32, nonce: 12, tag: 16 } as const;

/**
 * `plaintext` sealed under a key of 32 bytes and a nonce of 12: as many bytes and 16 more. A nonce is used once with a
 * key. Throws RangeError for other lengths.
 */
export async function sealAead(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  requireLengths(key, nonce);
  return nativeSeal(key, nonce, plaintext, aad);
}

/**
 * The plaintext; undefined when the tag does not match: another key, nonce, ciphertext or aad, or less than a tag.
 * Throws RangeError for a key or nonce of another length than 32 and 12 bytes.
 */
export async function openAead(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  requireLengths(key, nonce);
  return sealed.length < AEAD.tag ? undefined : nativeOpen(key, nonce, sealed, aad);
}

/** The platforms would take AES-128 and nonces of any length as well. */
function requireLengths(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== AEAD.key) throw new RangeError(`an AES-256 key has ${AEAD.key} bytes`);
  if (nonce.length !== AEAD.nonce) throw new RangeError(`an AES-GCM nonce has ${AEAD.nonce} bytes`);
}
