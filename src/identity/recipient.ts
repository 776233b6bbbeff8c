/** The public key in its file (FORMAT, public key). */
import { base64Encode, hexDecode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { isPublicKey, type KemAlgorithm } from '../crypto/kem.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { FILE_LIMIT, readStoreFile } from '../store/read.ts';
import { base64Field, broken, type Fields, readObject } from './json.ts';

export interface Recipient {
  readonly alg: KemAlgorithm;
  /** 1,184 bytes for ML-KEM-768, 1,568 for ML-KEM-1024. */
  readonly publicKey: Uint8Array;
}

/** Reads bare hex or JSON. A missing file is the system's error (`isMissing`); a broken one a Fault `identity`. */
export function readRecipient(path: string): Recipient {
  const bytes = readStoreFile(path, 'plain', FILE_LIMIT);
  const bare = hexDecode(asLatin1(bytes), { lenient: true });
  return bare === undefined || bare.length === 0
    ? fromFields(readObject(bytes, path), path)
    : fromKey(bare, path);
}

/** The file's JSON text. `now` becomes `created_utc`, to the microsecond as the other engines write it. */
export function recipientText(alg: KemAlgorithm, publicKey: Uint8Array, now: Date): Uint8Array {
  const document = {
    alg,
    engine: 'pqx',
    public_key_b64: base64Encode(publicKey),
    public_key_sha3_256: hexEncode(sha3_256(publicKey)),
    created_utc: now.toISOString().replace(/Z$/, '000Z'),
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

function fromFields(fields: Fields, path: string): Recipient {
  const alg = fields.get('alg');
  if (alg !== 'ML-KEM-768' && alg !== 'ML-KEM-1024') throw broken(path, 'field alg names no known algorithm');
  const publicKey = base64Field(fields, 'public_key_b64', path, KEM_SIZES[alg].publicKey);
  requireHash(fields.get('public_key_sha3_256'), publicKey, path);
  if (isPublicKey(alg, publicKey)) return { alg, publicKey };
  throw broken(path, `field public_key_b64 is no ${alg} public key`);
}

function requireHash(hash: unknown, publicKey: Uint8Array, path: string): void {
  if (hash === undefined) return;
  const bytes = typeof hash === 'string' ? hexDecode(hash, { lenient: true }) : undefined;
  if (bytes !== undefined && hexEncode(bytes) === hexEncode(sha3_256(publicKey))) return;
  throw broken(path, 'field public_key_sha3_256 is not the hash of the key');
}

function fromKey(publicKey: Uint8Array, path: string): Recipient {
  const alg = (['ML-KEM-768', 'ML-KEM-1024'] as const).find(
    (candidate) => publicKey.length === KEM_SIZES[candidate].publicKey,
  );
  if (alg === undefined) {
    throw broken(
      path,
      `a public key has 1184 or 1568 bytes, and the hex in it stands for ${publicKey.length}`,
    );
  }
  if (isPublicKey(alg, publicKey)) return { alg, publicKey };
  throw broken(path, `the hex in it is no ${alg} public key`);
}

/** One character a byte: what is not ASCII is no hex, whatever it means. */
function asLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
