/** Bundle v1, double envelope (FORMAT): one recipient, all secrets in one payload. */
import { AEAD, openAead, sealAead } from '../crypto/aead.ts';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { decapsulate, encapsulate, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { randomBytes } from '../crypto/random.ts';
import { concatBytes, utf8, wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { bytesAt, constantAt, isObject, type Json, member, notABundle, objectAt } from './fields.ts';
import { readPayload, writePayload } from './payload.ts';
import type { BundleV1, Sealed, Secrets } from './types.ts';

const KEYWRAP_AAD = 'pqc-secrets:v1:keywrap';
const DATA_AAD = 'pqc-secrets:v1:data';
const KDF = 'SHA3-256';
const KEK_LABEL = utf8('pqc-secrets:v1:kek');
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
  const dek = key.alg === ALG ? await unwrap(bundle, key) : undefined;
  if (dek === undefined) throw await keywrapFault(bundle, key, file);
  const payload = await openAead(dek, bundle.data.nonce, bundle.data.ciphertext, utf8(DATA_AAD));
  wipe(dek);
  if (payload === undefined) throw damagedV1(file);
  try {
    return readPayload(payload, 'secrets', file);
  } finally {
    wipe(payload);
  }
}

async function unwrap(bundle: BundleV1, key: PrivateKey): Promise<Uint8Array | undefined> {
  const sharedSecret = await decapsulate(key, bundle.kemCiphertext);
  const kek = kekOf(sharedSecret);
  const dek = await openAead(kek, bundle.keywrap.nonce, bundle.keywrap.ciphertext, utf8(KEYWRAP_AAD));
  wipe(sharedSecret, kek);
  return dek;
}

function kekOf(sharedSecret: Uint8Array): Uint8Array {
  return sha3_256(sharedSecret, KEK_LABEL);
}

/** The recipient's hash is not authenticated: it only picks the message. */
async function keywrapFault(bundle: BundleV1, key: PrivateKey, file: string): Promise<Fault> {
  const own = hexEncode(sha3_256(await publicKeyOf(key)));
  if (bundle.recipientHash === undefined || bundle.recipientHash === own) return damagedV1(file);
  return new Fault(
    'not-for-this-identity',
    `${file} is not for this identity (its public key's hash is ${bundle.recipientHash.slice(0, 16)}…, ours ${own.slice(0, 16)}…)`,
    {
      hint: 'pqx status   shows the identity and the bundle',
    },
  );
}

function damagedV1(file: string): Fault {
  return new Fault('damaged', `${file} is damaged or tampered with`, {
    hint: `PQX_BUNDLE=${file}.bak pqx verify   tries the bundle before it`,
  });
}

/**
 * The file of a new bundle for `publicKey` (1,184 bytes): fresh shared secret, data key and nonces.
 * `now` becomes `created_utc`.
 */
export async function sealV1(secrets: Secrets, publicKey: Uint8Array, now: Date): Promise<Uint8Array> {
  const { ciphertext, sharedSecret } = await encapsulate(ALG, publicKey);
  const kek = kekOf(sharedSecret);
  const dek = randomBytes(DEK_SIZE);
  const payload = writePayload(secrets);
  const keywrapNonce = randomBytes(AEAD.nonce);
  const dataNonce = randomBytes(AEAD.nonce);
  const wrapped = await sealAead(kek, keywrapNonce, dek, utf8(KEYWRAP_AAD));
  const data = await sealAead(dek, dataNonce, payload, utf8(DATA_AAD));
  wipe(sharedSecret, kek, dek, payload);
  const document = {
    version: 1,
    alg: ALG,
    engine: 'pqx',
    created_utc: now.toISOString().replace(/Z$/, '000Z'),
    recipient: { public_key_sha3_256: hexEncode(sha3_256(publicKey)) },
    kem: { ciphertext_b64: base64Encode(ciphertext) },
    keywrap: {
      kdf: KDF,
      aad: KEYWRAP_AAD,
      nonce_b64: base64Encode(keywrapNonce),
      ciphertext_b64: base64Encode(wrapped),
    },
    data: { aad: DATA_AAD, nonce_b64: base64Encode(dataNonce), ciphertext_b64: base64Encode(data) },
  };
  return concatBytes(utf8(JSON.stringify(document, null, 2)), utf8('\n'));
}
