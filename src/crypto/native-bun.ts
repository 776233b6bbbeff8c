/**
 * What the Bun runtime has of its own. `node:crypto` is left alone here: loading it takes longer than all the
 * cryptography of a launch. `native-node.ts` has the same functions.
 */
import type { Kem, KemAlgorithm, PrivateKey } from './kem.ts';
import { webCryptoKem } from './kem-native-bun.ts';

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: Iterable<Uint8Array>): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256');
  for (const part of parts) hasher.update(part);
  return digestOf(hasher);
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256', key);
  for (const part of parts) hasher.update(part);
  return digestOf(hasher);
}

/** Into an array, which has to have room for the longest of digests: without one it would be a Buffer, and loading that is slow. */
function digestOf(hasher: Bun.CryptoHasher): Uint8Array {
  const digest = new Uint8Array(64);
  hasher.digest(digest);
  return digest.slice(0, 32);
}

/** AES-256-GCM: ciphertext and tag. Lengths are checked by the caller. */
export async function nativeSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const subtle = requireAes();
  const handle = await importKey(subtle, key, 'encrypt');
  return new Uint8Array(await subtle.encrypt(parameters(nonce, aad), handle, plaintext));
}

/** The plaintext, undefined when the tag does not match. Lengths are checked by the caller. */
export async function nativeOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  const subtle = requireAes();
  const handle = await importKey(subtle, key, 'decrypt');
  try {
    return new Uint8Array(await subtle.decrypt(parameters(nonce, aad), handle, sealed));
  } catch (error) {
    if (error instanceof Error && error.name === 'OperationError') return undefined;
    throw error;
  }
}

/** Not by Buffer, whose loading takes longer than all that a launch encodes. */
export function nativeEncode(bytes: Uint8Array, form: 'base64' | 'hex'): string {
  return form === 'hex' ? bytes.toHex() : bytes.toBase64();
}

/** What the text decodes to, also when it is not of the form; undefined may say that it is not. */
export function nativeDecode(text: string, form: 'base64' | 'hex'): Uint8Array | undefined {
  try {
    return form === 'hex' ? Uint8Array.fromHex(text) : Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}

/** ML-KEM for private keys of the form; undefined where the runtime has none. */
export function nativeKem(alg: KemAlgorithm, form: PrivateKey['form']): Kem | undefined {
  return form === 'seed' ? webCryptoKem(alg) : undefined;
}

/** What is used of WebCrypto, for any array: none of ours lie in shared memory, which is all that it refuses. */
interface Aes {
  importKey(
    format: 'raw',
    key: Uint8Array,
    algorithm: 'AES-GCM',
    extractable: boolean,
    usages: readonly ('encrypt' | 'decrypt')[],
  ): Promise<CryptoKey>;
  encrypt(parameters: AesParameters, key: CryptoKey, plaintext: Uint8Array): Promise<ArrayBuffer>;
  decrypt(parameters: AesParameters, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
}

function requireAes(): Aes {
  const { subtle }: { subtle: unknown } = crypto;
  if (isAes(subtle)) return subtle;
  throw new Error('the runtime has no WebCrypto');
}

function isAes(subtle: unknown): subtle is Aes {
  return typeof subtle === 'object' && subtle !== null && 'importKey' in subtle && 'decrypt' in subtle;
}

type AesParameters = ReturnType<typeof parameters>;

function parameters(iv: Uint8Array, additionalData: Uint8Array) {
  return { name: 'AES-GCM', iv, additionalData, tagLength: 128 } as const;
}

function importKey(subtle: Aes, key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return subtle.importKey('raw', key, 'AES-GCM', false, [usage]);
}
