/**
 * What the Bun runtime has: hashes of its own, and ML-KEM by WebCrypto. `node:crypto` is left alone here: loading it costs
 * more than all the cryptography of a launch.
 */
import type { Kem, KemAlgorithm } from './kem.ts';

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256');
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256', key);
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}

/** The modern algorithms of WebCrypto, which TypeScript's library does not have yet. */
interface ModernSubtle {
  importKey(
    format: 'raw-seed' | 'raw-public',
    data: Uint8Array,
    algorithm: { readonly name: KemAlgorithm },
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  exportKey(format: 'raw-public', key: CryptoKey): Promise<ArrayBuffer>;
  getPublicKey(key: CryptoKey, usages: readonly string[]): Promise<CryptoKey>;
  encapsulateBits(
    algorithm: { readonly name: KemAlgorithm },
    key: CryptoKey,
  ): Promise<{ readonly sharedKey: ArrayBuffer; readonly ciphertext: ArrayBuffer }>;
  decapsulateBits(
    algorithm: { readonly name: KemAlgorithm },
    key: CryptoKey,
    ciphertext: Uint8Array,
  ): Promise<ArrayBuffer>;
}

/** ML-KEM for seed-form keys (FIPS 203); undefined where the runtime has none. */
export function nativeKem(alg: KemAlgorithm): Kem | undefined {
  const { subtle }: { subtle: unknown } = crypto;
  if (!isModern(subtle)) return undefined;
  const name = { name: alg };
  return {
    publicKeyOf: async (seed) => {
      const key = await subtle.importKey('raw-seed', seed, name, false, ['decapsulateBits']);
      const publicKey = await subtle.getPublicKey(key, ['encapsulateBits']);
      return new Uint8Array(await subtle.exportKey('raw-public', publicKey));
    },
    encapsulate: async (bytes) => {
      const key = await subtle.importKey('raw-public', bytes, name, false, ['encapsulateBits']);
      const { sharedKey, ciphertext } = await subtle.encapsulateBits(name, key);
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    decapsulate: async (seed, ciphertext) => {
      const key = await subtle.importKey('raw-seed', seed, name, false, ['decapsulateBits']);
      return new Uint8Array(await subtle.decapsulateBits(name, key, ciphertext));
    },
  };
}

function isModern(subtle: unknown): subtle is ModernSubtle {
  if (typeof subtle !== 'object' || subtle === null) return false;
  return ['encapsulateBits', 'decapsulateBits', 'getPublicKey'].every((method) => method in subtle);
}
