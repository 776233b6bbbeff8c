/** The two forms of a private key, told apart by their length (FORMAT, private key). */
import { isExpandedKey, type KemAlgorithm, type PrivateKey } from '../crypto/kem.ts';
import { KEM_SIZES, SEED_SIZE } from '../crypto/kem-sizes.ts';
import { wipe } from '../crypto/wipe.ts';
import { broken } from './json.ts';

/**
 * The private key in `bytes`, which came from `file`. A bare seed is one of ML-KEM-768 unless `alg` says otherwise.
 * A Fault `identity` for another length, and for an expanded key that fails the hash check (FIPS 203 section 7.3);
 * `bytes` are wiped then.
 */
export function privateKeyOf(bytes: Uint8Array, file: string, alg?: KemAlgorithm): PrivateKey {
  const found = formOf(bytes, alg);
  if ('bytes' in found) return found;
  throw broken(file, found.wrong);
}

/** The same wherever the bytes came from: what is wrong with them is returned. */
export function formOf(bytes: Uint8Array, alg?: KemAlgorithm): PrivateKey | { readonly wrong: string } {
  if (bytes.length === SEED_SIZE) return { alg: alg ?? 'ML-KEM-768', form: 'seed', bytes };
  for (const candidate of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    if (bytes.length !== KEM_SIZES[candidate].expanded || (alg !== undefined && alg !== candidate)) continue;
    if (isExpandedKey(candidate, bytes)) return { alg: candidate, form: 'expanded', bytes };
    wipe(bytes);
    return { wrong: 'the private key in it is corrupted (its own hash does not match)' };
  }
  wipe(bytes);
  return { wrong: `the private key in it has ${bytes.length} bytes, which no form of it has` };
}
