/** Bundle v1, double envelope (FORMAT): one recipient, all secrets in one payload. */
import { AEAD, openAead, sealAead } from '../crypto/aead.ts';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { decapsulate, encapsulate, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { printable } from '../fault.ts';
import { isObject, type Json } from '../json.ts';
import { damaged, notABundle, notForThisIdentity } from './faults.ts';
import { bytesAt, constantAt, member, objectAt } from './fields.ts';
import { checkFileSize } from './limits.ts';
import { readPayload, writePayload } from './payload.ts';
import type { BundleV1, Sealed, Secrets } from './types.ts';
import { utcText } from './utc.ts';

const KEYWRAP_AAD = 'pqc-secrets:v1:keywrap';
const DATA_AAD = 'pqc-secrets:v1:data';
const KDF = 'SHA3-256';
const DEK_SIZE = 32;
const ALG = 'ML-KEM-768';

export function readV1(document: Json, file: string): BundleV1 {
  constantAt(document, 'alg', ALG, file);
  const keywrap = objectAt(document, 'keywrap', file);
  constantAt(keywrap, 'kdf', KDF, file, 'keywrap');
  constantAt(keywrap, 'aad', KEYWRAP_AAD, file, 'keywrap');
  const data = objectAt(document, 'data', file);
  constantAt(data, 'aad', DATA_AAD, file, 'data');
  const kem = objectAt(document, 'kem', file);
  return {
    format: 'v1',
    recipientHash: recipientHash(document, file),
    kemCiphertext: bytesAt(
      kem,
      'ciphertext_b64',
      'base64',
      { exactly: KEM_SIZES[ALG].ciphertext },
      file,
      'kem',
    ),
    keywrap: sealedAt(keywrap, { exactly: DEK_SIZE + AEAD.tag }, file, 'keywrap'),
    data: sealedAt(data, { least: AEAD.tag }, file, 'data'),
  };
}

function sealedAt(
  parent: Json,
  length: { readonly exactly: number } | { readonly least: number },
  file: string,
  at: string,
): Sealed {
  return {
    nonce: bytesAt(parent, 'nonce_b64', 'base64', { exactly: AEAD.nonce }, file, at),
    ciphertext: bytesAt(parent, 'ciphertext_b64', 'base64', length, file, at),
  };
}

function recipientHash(document: Json, file: string): string | undefined {
  const { value } = member(document, 'recipient');
  if (value === undefined) return undefined;
  if (!isObject(value)) throw notABundle(file, 'field recipient is not an object');
  const hash = member(value, 'public_key_sha3_256').value;
  if (hash === undefined) return undefined;
  if (typeof hash !== 'string') throw notABundle(file, 'field recipient.public_key_sha3_256 is not text');
  return hash.trim().toLowerCase();
}

/** Throws Faults `not-for-this-identity` and `damaged`; `not-a-bundle` when the payload is not of its shape. */
export async function openV1(bundle: BundleV1, key: PrivateKey, file: string): Promise<Secrets> {
  const dek = await unlockV1(bundle, key, file);
  const payload = await openAead(dek, bundle.data.nonce, bundle.data.ciphertext, utf8(DATA_AAD));
  wipe(dek);
  if (payload === undefined) throw damaged(file);
  try {
    return readPayload(payload, 'secrets', file);
  } finally {
    wipe(payload);
  }
}

/** The data key, 32 bytes, to be wiped. Throws Faults `not-for-this-identity` and `damaged`. */
export async function unlockV1(bundle: BundleV1, key: PrivateKey, file: string): Promise<Uint8Array> {
  if (key.alg !== ALG)
    throw notForThisIdentity(file, `it is for an ${ALG} key, and this is an ${key.alg} key`);
  const sharedSecret = await decapsulate(key, bundle.kemCiphertext);
  const kek = kekOf(sharedSecret);
  const dek = await openAead(kek, bundle.keywrap.nonce, bundle.keywrap.ciphertext, utf8(KEYWRAP_AAD));
  wipe(sharedSecret, kek);
  if (dek === undefined) throw await keywrapFault(bundle, key, file);
  return dek;
}

function kekOf(sharedSecret: Uint8Array): Uint8Array {
  return sha3_256(sharedSecret, utf8('pqc-secrets:v1:kek'));
}

/** The recipient's hash is not authenticated: it only picks the message. */
async function keywrapFault(bundle: BundleV1, key: PrivateKey, file: string) {
  const own = hexEncode(sha3_256(await publicKeyOf(key)));
  const { recipientHash } = bundle;
  if (recipientHash === undefined || recipientHash === own) return damaged(file);
  const short = (hash: string) => `${printable(hash.slice(0, 16))}…`;
  return notForThisIdentity(
    file,
    `the hash of its public key is ${short(recipientHash)}, and this identity's is ${short(own)}`,
  );
}

/**
 * The file of a new bundle for an ML-KEM-768 `publicKey` (1,184 bytes): fresh shared secret, data key and nonces.
 * `now` becomes `created_utc`. Throws RangeError for what is no such key (`isPublicKey`), a Fault `input` when the file
 * would be larger than any reader takes.
 */
export async function sealV1(secrets: Secrets, publicKey: Uint8Array, now: Date): Promise<Uint8Array> {
  const dek = randomBytes(DEK_SIZE);
  const payload = writePayload(secrets);
  try {
    const nonce = randomBytes(AEAD.nonce);
    const ciphertext = await sealAead(dek, nonce, payload, utf8(DATA_AAD));
    return await wrapV1(dek, { nonce, ciphertext }, publicKey, now);
  } finally {
    wipe(dek, payload);
  }
}

/** The file of a bundle whose data is sealed under `dek` already, for `publicKey`. Throws as `sealV1`. */
export async function wrapV1(
  dek: Uint8Array,
  data: Sealed,
  publicKey: Uint8Array,
  now: Date,
): Promise<Uint8Array> {
  const { ciphertext, sharedSecret } = await encapsulate(ALG, publicKey);
  const kek = kekOf(sharedSecret);
  const nonce = randomBytes(AEAD.nonce);
  const wrapped = await sealAead(kek, nonce, dek, utf8(KEYWRAP_AAD));
  wipe(sharedSecret, kek);
  const document = {
    version: 1,
    alg: ALG,
    engine: 'pqx',
    created_utc: utcText(now),
    recipient: { public_key_sha3_256: hexEncode(sha3_256(publicKey)) },
    kem: { ciphertext_b64: base64Encode(ciphertext) },
    keywrap: {
      kdf: KDF,
      aad: KEYWRAP_AAD,
      nonce_b64: base64Encode(nonce),
      ciphertext_b64: base64Encode(wrapped),
    },
    data: {
      aad: DATA_AAD,
      nonce_b64: base64Encode(data.nonce),
      ciphertext_b64: base64Encode(data.ciphertext),
    },
  };
  return checkFileSize(utf8(`${JSON.stringify(document, null, 2)}\n`));
}
