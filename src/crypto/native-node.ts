/** What the Node runtime has: hashes, and ML-KEM from Node 24.7 on, without WebCrypto's warning that it is experimental. */
import * as nodeCrypto from 'node:crypto';
import type { Kem, KemAlgorithm } from './kem.ts';
import { KEM_SIZES } from './kem-sizes.ts';

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: readonly Uint8Array[]): Uint8Array {
  const hash = nodeCrypto.createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = nodeCrypto.createHmac('sha3-256', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** The last byte of the algorithm's object identifier, 2.16.840.1.101.3.4.4.n (FIPS 203, NIST CSOR). */
const OID_END = { 'ML-KEM-768': 2, 'ML-KEM-1024': 3 } as const;

/** ML-KEM for seed-form keys (FIPS 203); undefined where the runtime has none. */
export function nativeKem(alg: KemAlgorithm): Kem | undefined {
  if (typeof nodeCrypto.decapsulate !== 'function') return undefined;
  return {
    publicKeyOf: async (seed) => {
      const spki = nodeCrypto.createPublicKey(privateKey(alg, seed)).export({ format: 'der', type: 'spki' });
      return new Uint8Array(spki.subarray(-KEM_SIZES[alg].publicKey));
    },
    encapsulate: async (bytes) => {
      const { sharedKey, ciphertext } = nodeCrypto.encapsulate(publicKey(alg, bytes));
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    decapsulate: async (seed, ciphertext) =>
      new Uint8Array(nodeCrypto.decapsulate(privateKey(alg, seed), ciphertext)),
  };
}

/** PKCS #8 with the seed as `[0] OCTET STRING` (RFC 9935 section 6). */
function privateKey(alg: KemAlgorithm, seed: Uint8Array) {
  const head = Buffer.from(`3054020100300b06096086480165030404${byte(OID_END[alg])}04428040`, 'hex');
  const der = Buffer.concat([head, seed]);
  try {
    return nodeCrypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

/** SubjectPublicKeyInfo (RFC 9935 section 4); lengths of two bytes, since every key is longer than 255 bytes. */
function publicKey(alg: KemAlgorithm, bytes: Uint8Array) {
  const two = (length: number) => length.toString(16).padStart(4, '0');
  const head = `3082${two(bytes.length + 18)}300b06096086480165030404${byte(OID_END[alg])}0382${two(bytes.length + 1)}00`;
  return nodeCrypto.createPublicKey({
    key: Buffer.concat([Buffer.from(head, 'hex'), bytes]),
    format: 'der',
    type: 'spki',
  });
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
