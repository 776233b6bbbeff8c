/** Bundle v1, single envelope (FORMAT): of the first Python engine, read only. The shared secret itself is the data key. */
import { AEAD, openAead } from '../crypto/aead.ts';
import { decapsulate, type PrivateKey } from '../crypto/kem.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { wipe } from '../crypto/wipe.ts';
import type { Json } from '../json.ts';
import { damaged, notForThisIdentity } from './faults.ts';
import { bytesAt, constantAt, objectAt } from './fields.ts';
import { readPayload } from './payload.ts';
import type { BundleV1Single, Secrets } from './types.ts';

const ALG = 'ML-KEM-768';

export function readV1Single(document: Json, file: string): BundleV1Single {
  const kem = objectAt(document, 'kem', file);
  constantAt(kem, 'algorithm', ALG, file, 'kem');
  const data = objectAt(document, 'data', file);
  constantAt(data, 'algorithm', 'AES-256-GCM', file, 'data');
  return {
    format: 'v1-single',
    kemCiphertext: bytesAt(kem, 'ciphertext', 'hex', { exactly: KEM_SIZES[ALG].ciphertext }, file, 'kem'),
    data: {
      nonce: bytesAt(data, 'nonce', 'hex', { exactly: AEAD.nonce }, file, 'data'),
      ciphertext: bytesAt(data, 'ciphertext', 'hex', { least: AEAD.tag }, file, 'data'),
    },
  };
}

/**
 * Throws Faults `not-for-this-identity` for an identity of another algorithm, and `damaged`: this format does not say for
 * whom it is, so a wrong key cannot be told from damage.
 */
export async function openV1Single(bundle: BundleV1Single, key: PrivateKey, file: string): Promise<Secrets> {
  if (key.alg !== ALG)
    throw notForThisIdentity(file, `it is for an ${ALG} key, and this is an ${key.alg} key`);
  const payload = await openPayload(bundle, key);
  if (payload === undefined) throw damaged(file, 'or for another identity, which its format does not tell');
  try {
    return readPayload(payload, 'either', file);
  } finally {
    wipe(payload);
  }
}

async function openPayload(bundle: BundleV1Single, key: PrivateKey): Promise<Uint8Array | undefined> {
  const dek = await decapsulate(key, bundle.kemCiphertext);
  const payload = await openAead(dek, bundle.data.nonce, bundle.data.ciphertext, new Uint8Array());
  wipe(dek);
  return payload;
}
