/** ML-KEM of @noble/post-quantum: portable, and without a claim of constant time. */
import type { Kem, KemAlgorithm } from './kem.ts';
import { SEED_SIZE } from './kem-sizes.ts';
import { wipe } from './wipe.ts';

export async function nobleKem(alg: KemAlgorithm): Promise<Kem> {
  const { ml_kem768, ml_kem1024 } = await import('@noble/post-quantum/ml-kem.js');
  const kem = alg === 'ML-KEM-768' ? ml_kem768 : ml_kem1024;
  return {
    publicKeyOf: async (seed) => {
      const { publicKey, secretKey } = kem.keygen(seed);
      wipe(secretKey);
      return publicKey;
    },
    encapsulate: async (publicKey) => {
      const { cipherText, sharedSecret } = kem.encapsulate(publicKey);
      return { ciphertext: cipherText, sharedSecret };
    },
    decapsulate: async (key, ciphertext) => {
      if (key.length !== SEED_SIZE) return kem.decapsulate(ciphertext, key);
      const { secretKey } = kem.keygen(key);
      const sharedSecret = kem.decapsulate(ciphertext, secretKey);
      wipe(secretKey);
      return sharedSecret;
    },
  };
}
