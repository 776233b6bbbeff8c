/** The public key in its file (FORMAT, public key). */
import { base64Encode, hexDecode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { isPublicKey, type KemAlgorithm } from '../crypto/kem.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { readStoreFile } from '../store/read.ts';
import { base64Field, broken, type Fields, readObject } from './json.ts';

export interface Recipient {
  readonly alg: KemAlgorithm;
  /** 1,184 bytes for ML-KEM-768, 1,568 for ML-KEM-1024. */
  readonly publicKey: Uint8Array;
}

const LIMIT = 64 * 1024;

/** Reads bare hex or JSON. A missing file is the system's error; a broken one a Fault `identity`. */
export function readRecipient(path: string): Recipient {
  const bytes = readStoreFile(path, 'plain', LIMIT);
  const text = new TextDecoder().decode(bytes);
  const bare = hexDecode(text, { lenient: true });
  return bare === undefined || bare.length === 0
    ? fromFields(readObject(bytes, path), path)
    : fromKey(bare, path);
}

/** The file's JSON text. `now` becomes `created_utc`. */
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
  const hash = fields.get('public_key_sha3_256');
  if (
    hash !== undefined &&
    (typeof hash !== 'string' || hash.trim().toLowerCase() !== hexEncode(sha3_256(publicKey)))
  ) {
    throw broken(path, 'field public_key_sha3_256 is not the hash of the key');
  }
  return checked({ alg, publicKey }, path);
}

function fromKey(publicKey: Uint8Array, path: string): Recipient {
  for (const alg of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    if (publicKey.length === KEM_SIZES[alg].publicKey) return checked({ alg, publicKey }, path);
  }
  throw broken(path, `a public key has 1184 or 1568 bytes, not ${publicKey.length}`);
}

function checked(recipient: Recipient, path: string): Recipient {
  if (isPublicKey(recipient.alg, recipient.publicKey)) return recipient;
  throw broken(path, `it is no ${recipient.alg} public key`);
}
