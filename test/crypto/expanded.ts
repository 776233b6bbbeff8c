import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import type { KemAlgorithm } from '../../src/crypto/kem.ts';

/** The expanded decapsulation key of a seed, which pqx itself never makes: 2,400 or 3,168 bytes. */
export function nobleExpanded(alg: KemAlgorithm, seed: Uint8Array): Uint8Array {
  return (alg === 'ML-KEM-768' ? ml_kem768 : ml_kem1024).keygen(seed).secretKey;
}
