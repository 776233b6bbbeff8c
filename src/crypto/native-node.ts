/** What the Node runtime has of its own, by `node:crypto`. `native-bun.ts` has the same functions. */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { Kem, KemAlgorithm, PrivateKey } from './kem.ts';
import { opensslKem } from './kem-native-node.ts';
import { concatBytes, wipe } from './wipe.ts';

const CIPHER = 'aes-256-gcm';
const TAG = { authTagLength: 16 } as const;

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: Iterable<Uint8Array>): Uint8Array {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha3-256', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** AES-256-GCM: ciphertext and tag. Lengths are checked by the caller. */
export async function nativeSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const cipher = createCipheriv(CIPHER, key, nonce, TAG).setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  return concatBytes(ciphertext, cipher.final(), cipher.getAuthTag());
}

/** The plaintext, undefined when the tag does not match. Lengths are checked by the caller. */
export async function nativeOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  const end = sealed.length - TAG.authTagLength;
  const decipher = createDecipheriv(CIPHER, key, nonce, TAG).setAAD(aad).setAuthTag(sealed.subarray(end));
  // GCM gives all of it here, before it has looked at the tag.
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return new Uint8Array(plaintext);
  } catch {
    return undefined;
  } finally {
    wipe(plaintext);
  }
}

export function nativeEncode(bytes: Uint8Array, form: 'base64' | 'hex'): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(form);
}

/**
 * What the text decodes to, also when it is not of the form; undefined may say that it is not. In memory of its own:
 * the pool of Buffer would keep what is wiped here.
 */
export function nativeDecode(text: string, form: 'base64' | 'hex'): Uint8Array | undefined {
  const bytes = new Uint8Array(form === 'hex' ? text.length / 2 : (text.length / 4) * 3);
  return bytes.subarray(0, Buffer.from(bytes.buffer).write(text, form));
}

/** ML-KEM for private keys of the form; undefined where the runtime has none. */
export function nativeKem(alg: KemAlgorithm, _form: PrivateKey['form']): Kem | undefined {
  return opensslKem(alg);
}
