/**
 * The file store: `private.key.enc`, encrypted under the 32 random bytes of `machine.kek` beside it (FORMAT, v1 file
 * store and version 2). It keeps out a thief of one of the two files, not of the directory.
 */
import { AEAD, openAead } from '../crypto/aead.ts';
import type { KemAlgorithm, PrivateKey } from '../crypto/kem.ts';
import { concatBytes, utf8, wipe } from '../crypto/wipe.ts';
import { Fault, isMissing } from '../fault.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE } from '../store/paths.ts';
import { existsInStore, readStoreFile } from '../store/read.ts';
import { privateKeyOf } from './forms.ts';
import { base64Field, broken, type Fields, isObject, readObject } from './json.ts';

/** The largest key file that is read, in bytes; an expanded ML-KEM-1024 key in base64 takes 4.3 KB. */
const LIMIT = 64 * 1024;
export const AAD_V1 = utf8('pqc-secrets:v1:private-key');

export function hasFileIdentity(dir: string): boolean {
  return existsInStore(`${dir}/${PRIVATE_KEY_FILE}`);
}

/**
 * The private key of the store in `dir`. Faults: `identity` when there is none, when a file is broken or does not
 * decrypt; `unsafe` when others could read or change it.
 */
export async function loadFileIdentity(dir: string): Promise<PrivateKey> {
  const file = `${dir}/${PRIVATE_KEY_FILE}`;
  const fields = readObject(
    readKeyFile(file, () => noIdentity(dir)),
    file,
  );
  const kdf = fields.get('kdf');
  if (fields.get('version') === 2 && isObject(kdf) && kdf['name'] === 'argon2id') {
    throw new Fault('identity', `${file} is under a passphrase, which this version does not ask for`);
  }
  const kek = readKeyFile(`${dir}/${MACHINE_KEK_FILE}`, () => noKek(dir));
  if (kek.length !== AEAD.key)
    throw broken(`${dir}/${MACHINE_KEK_FILE}`, `it has ${kek.length} bytes, not 32`);
  try {
    return await decrypt(fields, kek, file);
  } finally {
    wipe(kek);
  }
}

async function decrypt(fields: Fields, kek: Uint8Array, file: string): Promise<PrivateKey> {
  const { aad, alg } = headerOf(fields, file);
  const nonce = base64Field(fields, 'nonce_b64', file, AEAD.nonce);
  const key = await openAead(kek, nonce, base64Field(fields, 'ciphertext_b64', file), aad);
  if (key === undefined) {
    throw broken(
      file,
      `it does not open with the ${MACHINE_KEK_FILE} beside it: one of them is damaged or from elsewhere`,
    );
  }
  return privateKeyOf(key, file, alg);
}

/** What the ciphertext is bound to: the additional data of version 1, or of version 2 with its algorithm. */
function headerOf(
  fields: Fields,
  file: string,
): { readonly aad: Uint8Array; readonly alg: KemAlgorithm | undefined } {
  const version = fields.get('version');
  if (version === 1) return { aad: AAD_V1, alg: undefined };
  if (version !== 2) throw broken(file, 'field version is neither 1 nor 2');
  const alg = fields.get('alg');
  if (alg !== 'ML-KEM-768' && alg !== 'ML-KEM-1024') throw broken(file, 'field alg names no known algorithm');
  const kdf = fields.get('kdf');
  if (!isObject(kdf) || kdf['name'] !== 'machine.kek' || Object.keys(kdf).length !== 1) {
    throw broken(file, 'field kdf names no known way to the key');
  }
  const known = ['version', 'alg', 'kdf', 'nonce_b64', 'ciphertext_b64'];
  const unknown = [...fields.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw broken(file, `it has an unknown field ${unknown}`);
  return { aad: aadV2(alg), alg };
}

/** `pqx:v2:private-key`, 0x00 and the canonical JSON of the object without nonce and ciphertext. */
export function aadV2(alg: KemAlgorithm): Uint8Array {
  return concatBytes(
    utf8('pqx:v2:private-key\0'),
    utf8(`{"alg":"${alg}","kdf":{"name":"machine.kek"},"version":2}`),
  );
}

export function readKeyFile(path: string, missing: () => Fault): Uint8Array {
  try {
    return readStoreFile(path, 'key', LIMIT);
  } catch (error) {
    if (isMissing(error)) throw missing();
    throw error;
  }
}

function noIdentity(dir: string): Fault {
  return new Fault('identity', `there is no identity in ${dir}`, { hint: 'pqx keygen' });
}

/** Stores of the Python engine from before machine.kek: only that engine can derive their key (FORMAT). */
export function noKek(dir: string): Fault {
  return new Fault(
    'identity',
    `${dir}/${MACHINE_KEK_FILE} is missing, and ${PRIVATE_KEY_FILE} does not open without it`,
    {
      hint: `restore it from a backup; or, for a store of the Python engine, cp -a ${dir} ${dir}.copy and run that engine's \`verify\` once, which makes it`,
    },
  );
}
