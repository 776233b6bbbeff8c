/**
 * ML-KEM by OpenSSL 3.5, as Node 24.7 offers it. Not by Node's WebCrypto: that prints warnings on standard error when
 * these algorithms are used, and takes no expanded private keys.
 */
import * as node from 'node:crypto';
import type { Kem, KemAlgorithm } from './kem.ts';
import { KEM_SIZES, SEED_SIZE } from './kem-sizes.ts';
import { concatBytes, wipe } from './wipe.ts';

/** Undefined where this Node, or the OpenSSL that it was built with, has no ML-KEM. */
export function opensslKem(alg: KemAlgorithm): Kem | undefined {
  if (!('decapsulate' in node) || !hasMlKem(process.versions.openssl)) return undefined;
  return {
    publicKeyOf: async (seed) => {
      const der = node.createPublicKey(privateKey(alg, seed)).export({ type: 'spki', format: 'der' });
      return new Uint8Array(der.subarray(-KEM_SIZES[alg].publicKey));
    },
    encapsulate: async (bytes) => {
      const key = node.createPublicKey({
        key: subjectPublicKeyInfo(alg, bytes),
        format: 'der',
        type: 'spki',
      });
      const { ciphertext, sharedKey } = node.encapsulate(key);
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: taken(sharedKey) };
    },
    decapsulate: async (key, ciphertext) => taken(node.decapsulate(privateKey(alg, key), ciphertext)),
  };
}

/** ML-KEM came with OpenSSL 3.5; BoringSSL, in builds of Node for other programs, calls itself something older. */
function hasMlKem(openssl: string): boolean {
  const [major = 0, minor = 0] = openssl.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 5);
}

/** From a seed or an expanded key. */
function privateKey(alg: KemAlgorithm, bytes: Uint8Array): node.KeyObject {
  const der = privateKeyInfo(alg, bytes);
  try {
    return node.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    wipe(der);
  }
}

/** RFC 5958 section 2, with the key as RFC 9935 section 6 has it: a seed is `[0]`, an expanded key an octet string. */
function privateKeyInfo(alg: KemAlgorithm, bytes: Uint8Array): Buffer {
  const key = tagged(bytes.length === SEED_SIZE ? 0x80 : 0x04, bytes);
  const octets = tagged(0x04, key);
  const version = Uint8Array.of(0x02, 0x01, 0x00);
  const body = concatBytes(version, identifier(alg), octets);
  const der = tagged(0x30, body);
  wipe(key, octets, body);
  return Buffer.from(der.buffer);
}

/** RFC 5280 section 4.1, RFC 9935 section 4. */
function subjectPublicKeyInfo(alg: KemAlgorithm, bytes: Uint8Array): Buffer {
  const unusedBits = Uint8Array.of(0);
  const bits = tagged(0x03, concatBytes(unusedBits, bytes));
  return Buffer.from(tagged(0x30, concatBytes(identifier(alg), bits)).buffer);
}

/** The algorithm's identifier: 2.16.840.1.101.3.4.4.2 and .3, without parameters. */
function identifier(alg: KemAlgorithm): Uint8Array {
  const arc = Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, alg === 'ML-KEM-768' ? 2 : 3);
  return tagged(0x30, tagged(0x06, arc));
}

/** One DER value of at most 65,535 bytes (X.690 section 8.1.3). */
function tagged(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  if (length < 0x100) return concatBytes(Uint8Array.of(tag, 0x81, length), content);
  return concatBytes(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), content);
}

/** A copy in memory of its own; the platform's is wiped. */
function taken(secret: Buffer): Uint8Array {
  const copy = new Uint8Array(secret);
  wipe(secret);
  return copy;
}
