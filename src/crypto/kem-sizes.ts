/** Lengths of ML-KEM in bytes (FIPS 203 section 8, table 3), and its rank k. Shared secrets have 32 bytes, seeds 64. */
export const KEM_SIZES = {
  'ML-KEM-768': { publicKey: 1184, expanded: 2400, ciphertext: 1088, k: 3 },
  'ML-KEM-1024': { publicKey: 1568, expanded: 3168, ciphertext: 1568, k: 4 },
} as const;

export const SEED_SIZE = 64;
