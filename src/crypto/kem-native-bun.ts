/**
 * ML-KEM by WebCrypto, as Bun 1.4 has it: seeds only, expanded private keys are not taken. TypeScript's library does not
 * know these methods yet, so their types stand here.
 */
import type { Kem, KemAlgorithm } from './kem.ts';

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

/** Undefined where this WebCrypto has no such methods. */
export function webCryptoKem(alg: KemAlgorithm): Kem | undefined {
  const { subtle }: { subtle: unknown } = crypto;
  if (!isModern(subtle)) return undefined;
  const name = { name: alg };
  return {
    publicKeyOf: async (seed) => {
      const key = await subtle.importKey('raw-seed', seed, name, false, ['decapsulateBits']);
      const publicKey = await subtle.getPublicKey(key, ['encapsulateBits']);
      return new Uint8Array(await subtle.exportKey('raw-public', publicKey));
    },
    encapsulate: async (publicKey) => {
      const key = await subtle.importKey('raw-public', publicKey, name, false, ['encapsulateBits']);
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
  return 'encapsulateBits' in subtle && 'decapsulateBits' in subtle && 'getPublicKey' in subtle;
}
