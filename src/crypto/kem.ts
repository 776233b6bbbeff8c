/**
 * ML-KEM (FIPS 203): native where the runtime has it (Bun 1.4, but for expanded private keys; Node 24.7),
 * @noble/post-quantum where not.
 */
import { nativeKem } from '#native';
import { sha3_256 } from './hash.ts';
import { KEM_SIZES, SEED_SIZE } from './kem-sizes.ts';
import { randomBytes } from './random.ts';
import { equalBytes } from './wipe.ts';

/** q of FIPS 203 section 2.3. */
const MODULUS = 3329;

export type KemAlgorithm = 'ML-KEM-768' | 'ML-KEM-1024';

/** `seed`: the 64 bytes d || z of FIPS 203 section 3.3; `expanded`: the decapsulation key dk of section 7.1. */
export interface PrivateKey {
  readonly alg: KemAlgorithm;
  readonly form: 'seed' | 'expanded';
  readonly bytes: Uint8Array;
}

/** What one algorithm needs of an implementation. Lengths, public keys and expanded keys are checked before. */
export interface Kem {
  publicKeyOf(seed: Uint8Array): Promise<Uint8Array>;
  encapsulate(publicKey: Uint8Array): Promise<Encapsulated>;
  /** `key` is of the form that the implementation was asked for. */
  decapsulate(key: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}

export interface Encapsulated {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** A new key pair (FIPS 203 algorithm 19); the private key is a seed of the platform's generator. */
export async function generateKey(
  alg: KemAlgorithm,
): Promise<{ readonly key: PrivateKey; readonly publicKey: Uint8Array }> {
  const key: PrivateKey = { alg, form: 'seed', bytes: randomBytes(SEED_SIZE) };
  return { key, publicKey: await publicKeyOf(key) };
}

/** The encapsulation key of a private key: computed from a seed, read out of an expanded key (section 7.1). */
export async function publicKeyOf(key: PrivateKey): Promise<Uint8Array> {
  requireLength(key);
  if (key.form === 'expanded') return embeddedPublicKey(key.alg, key.bytes).slice();
  return (nativeKem(key.alg, 'seed') ?? (await nobleKem(key.alg))).publicKeyOf(key.bytes);
}

/** A fresh shared secret (32 bytes) and its ciphertext (FIPS 203 algorithm 20). Throws RangeError unless `isPublicKey`. */
export async function encapsulate(alg: KemAlgorithm, publicKey: Uint8Array): Promise<Encapsulated> {
  if (!isPublicKey(alg, publicKey)) throw new RangeError(`not an ${alg} public key`);
  return (nativeKem(alg, 'seed') ?? (await nobleKem(alg))).encapsulate(publicKey);
}

/**
 * The shared secret, 32 bytes (FIPS 203 algorithm 21). A wrong key or a changed ciphertext gives other bytes and no error
 * (implicit rejection). Throws RangeError for wrong lengths and for an expanded key that fails `isExpandedKey`.
 */
export async function decapsulate(key: PrivateKey, ciphertext: Uint8Array): Promise<Uint8Array> {
  requireLength(key);
  if (ciphertext.length !== KEM_SIZES[key.alg].ciphertext) {
    throw new RangeError(`wrong length of an ${key.alg} ciphertext`);
  }
  if (key.form === 'expanded' && !isExpandedKey(key.alg, key.bytes)) {
    throw new RangeError(`not an expanded ${key.alg} key`);
  }
  return (nativeKem(key.alg, key.form) ?? (await nobleKem(key.alg))).decapsulate(key.bytes, ciphertext);
}

/** The type check and the modulus check of FIPS 203 section 7.2. */
export function isPublicKey(alg: KemAlgorithm, bytes: Uint8Array): boolean {
  const { publicKey, k } = KEM_SIZES[alg];
  if (bytes.length !== publicKey) return false;
  for (let at = 0; at < 384 * k; at += 3) {
    const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    if ((three & 0xfff) >= MODULUS || three >> 12 >= MODULUS) return false;
  }
  return true;
}

/** The type check and the hash check of FIPS 203 section 7.3. */
export function isExpandedKey(alg: KemAlgorithm, bytes: Uint8Array): boolean {
  const { expanded, publicKey, k } = KEM_SIZES[alg];
  if (bytes.length !== expanded) return false;
  const hash = bytes.subarray(384 * k + publicKey, 384 * k + publicKey + 32);
  return equalBytes(hash, sha3_256(embeddedPublicKey(alg, bytes)));
}

function embeddedPublicKey(alg: KemAlgorithm, bytes: Uint8Array): Uint8Array {
  const { publicKey, k } = KEM_SIZES[alg];
  return bytes.subarray(384 * k, 384 * k + publicKey);
}

function requireLength(key: PrivateKey): void {
  const expected = key.form === 'seed' ? SEED_SIZE : KEM_SIZES[key.alg].expanded;
  if (key.bytes.length !== expected) throw new RangeError(`wrong length of an ${key.alg} private key`);
}

async function nobleKem(alg: KemAlgorithm): Promise<Kem> {
  return (await import('./kem-noble.ts')).nobleKem(alg);
}
