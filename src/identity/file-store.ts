/**
 * The file store: `private.key.enc`, encrypted under the 32 random bytes of `machine.kek` beside it (FORMAT, v1 file
 * store and version 2). It keeps out a thief of one of the two files, not of the directory.
 */
import { AEAD, openAead } from '../crypto/aead.ts';
import type { KemAlgorithm, PrivateKey } from '../crypto/kem.ts';
import { concatBytes, utf8, wipe } from '../crypto/wipe.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { isObject } from '../json.ts';
import { shellWord } from '../quote.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE } from '../store/paths.ts';
import { existsInStore, FILE_LIMIT, readStoreFile } from '../store/read.ts';
import { privateKeyOf } from './forms.ts';
import { base64Field, broken, type Fields, readObject } from './json.ts';
import type { AskPassphrase } from './passphrase.ts';

/** What opens a private key's file of these bytes without its passphrase, 32 bytes; undefined when it is not unlocked. */
export type FindUnlocked = (file: Uint8Array) => Promise<Uint8Array | undefined>;

export const aadV1 = () => utf8('pqc-secrets:v1:private-key');

export function hasFileIdentity(dir: string): boolean {
  return existsInStore(`${dir}/${PRIVATE_KEY_FILE}`);
}

/**
 * The private key of the store in `dir`, or one that is kept there under another `name`. Faults: `identity` when there is
 * none, when a file is broken or does not decrypt; `unsafe` when others could read or change it; `store` when a file
 * cannot be read.
 */
export async function loadFileIdentity(
  dir: string,
  name = PRIVATE_KEY_FILE,
  passphrase?: AskPassphrase,
  unlocked?: FindUnlocked,
): Promise<PrivateKey> {
  const file = `${dir}/${name}`;
  const bytes = readKeyFile(file, () => noIdentity(dir));
  const fields = readObject(bytes, file);
  const header = headerOf(fields, file);
  const { argon2 } = header;
  const kept = argon2 === undefined ? undefined : await unlocked?.(bytes);
  const key = kept === undefined ? undefined : await opened(fields, header, kept, file);
  if (key !== undefined) return key;
  const kek = argon2 === undefined ? readMachineKek(dir) : await kekAsked(argon2, file, passphrase);
  try {
    return await decrypt(fields, header, kek, file);
  } finally {
    wipe(kek);
  }
}

/** The bytes of the private key's file, and what opens it under its passphrase, proved: 32 bytes, to be wiped. */
export async function kekByPassphrase(
  dir: string,
  passphrase: AskPassphrase,
): Promise<{ readonly file: Uint8Array; readonly kek: Uint8Array }> {
  const path = `${dir}/${PRIVATE_KEY_FILE}`;
  const file = readKeyFile(path, () => noIdentity(dir));
  const fields = readObject(file, path);
  const header = headerOf(fields, path);
  const kek = await kekAsked(header.argon2 ?? {}, path, passphrase);
  try {
    wipe((await decrypt(fields, header, kek, path)).bytes);
    return { file, kek };
  } catch (error) {
    wipe(kek);
    throw error;
  }
}

/** The key under what was found unlocked. What does not open it was put there by somebody else: as if nothing were. */
async function opened(
  fields: Fields,
  header: Header,
  kek: Uint8Array,
  file: string,
): Promise<PrivateKey | undefined> {
  try {
    return kek.length === AEAD.key ? await decrypt(fields, header, kek, file) : undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'identity') return undefined;
    throw error;
  } finally {
    wipe(kek);
  }
}

/** What the private key of the store in `dir` is under. One that is broken is no reason to ask for a passphrase. */
export function fileStoreKind(dir: string): 'none' | 'file' | 'passphrase' {
  if (!hasFileIdentity(dir)) return 'none';
  const file = `${dir}/${PRIVATE_KEY_FILE}`;
  try {
    const kdf = readObject(readStoreFile(file, 'plain', FILE_LIMIT), file).get('kdf');
    return isObject(kdf) && kdf['name'] === 'argon2id' ? 'passphrase' : 'file';
  } catch (error) {
    if (error instanceof Fault && error.code === 'identity') return 'file';
    throw error;
  }
}

async function kekAsked(
  argon2: Readonly<Record<string, unknown>>,
  file: string,
  passphrase: AskPassphrase | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined)
    throw new Fault('identity', `${file} is under a passphrase`, {
      hint: 'PQX_PASSPHRASE_FILE=FILE pqx …',
    });
  const { argon2Of, kekOfPassphrase } = await import('./passphrase.ts');
  const parameters = argon2Of(argon2, file);
  return kekOfPassphrase(await passphrase(file), parameters);
}

/** The 32 bytes of `machine.kek`. Faults as `loadFileIdentity`. */
export function readMachineKek(dir: string): Uint8Array {
  const path = `${dir}/${MACHINE_KEK_FILE}`;
  const kek = readKeyFile(path, () => noKek(dir));
  if (kek.length === AEAD.key) return kek;
  wipe(kek);
  throw broken(path, `it has ${kek.length} bytes, not ${AEAD.key}`);
}

interface Header {
  /** What the ciphertext is bound to. */
  readonly aad: Uint8Array;
  /** Version 1 does not say: then the length does. */
  readonly alg: KemAlgorithm | undefined;
  /** The `kdf` member of a file that is under a passphrase. */
  readonly argon2?: Readonly<Record<string, unknown>>;
}

async function decrypt(fields: Fields, header: Header, kek: Uint8Array, file: string): Promise<PrivateKey> {
  const { aad, alg, argon2 } = header;
  const nonce = base64Field(fields, 'nonce_b64', file, AEAD.nonce);
  const key = await openAead(kek, nonce, base64Field(fields, 'ciphertext_b64', file), aad);
  if (key === undefined) {
    if (argon2 !== undefined) throw wrongPassphrase(file);
    throw broken(
      file,
      `it does not open with the ${MACHINE_KEK_FILE} beside it: one of them is damaged or from elsewhere`,
    );
  }
  return privateKeyOf(key, file, alg);
}

function headerOf(fields: Fields, file: string): Header {
  const version = fields.get('version');
  if (version === 1) return { aad: aadV1(), alg: undefined };
  if (version !== 2) throw broken(file, 'field version is neither 1 nor 2');
  const known = ['version', 'alg', 'kdf', 'nonce_b64', 'ciphertext_b64'];
  const unknown = [...fields.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw broken(file, `it has an unknown field ${printable(unknown)}`);
  const alg = fields.get('alg');
  if (alg !== 'ML-KEM-768' && alg !== 'ML-KEM-1024') throw broken(file, 'field alg names no known algorithm');
  const kdf = fields.get('kdf');
  if (!isObject(kdf)) throw broken(file, 'field kdf is not an object');
  if (kdf['name'] === 'argon2id') return { aad: aadV2(alg, kdf), alg, argon2: kdf };
  if (kdf['name'] !== 'machine.kek') throw broken(file, 'field kdf.name names no known way to the key');
  if (Object.keys(kdf).length !== 1) throw broken(file, 'field kdf has an unknown member');
  return { aad: aadV2(alg), alg };
}

/** `pqx:v2:private-key`, 0x00 and the canonical JSON of the object without nonce and ciphertext. */
export function aadV2(
  alg: KemAlgorithm,
  kdf: Readonly<Record<string, unknown>> = { name: 'machine.kek' },
): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(kdf).sort(([a], [b]) => (a < b ? -1 : 1)));
  return concatBytes(
    utf8('pqx:v2:private-key\0'),
    utf8(`{"alg":"${alg}","kdf":${JSON.stringify(sorted)},"version":2}`),
  );
}

function readKeyFile(path: string, missing: () => Fault): Uint8Array {
  try {
    return readStoreFile(path, 'key', FILE_LIMIT);
  } catch (error) {
    if (isMissing(error)) throw missing();
    throw error;
  }
}

function wrongPassphrase(file: string): Fault {
  return new Fault('identity', `${file} does not open: the passphrase is wrong, or the file was changed`, {
    hint: 'pqx keygen --force   starts over, when the passphrase is lost for good',
  });
}

function noIdentity(dir: string): Fault {
  return new Fault('identity', `there is no identity in ${dir}`, { hint: 'pqx keygen' });
}

/** What is wrong with a store whose private key is under a `machine.kek` that is not there; undefined when that is not so. */
export function missingKek(dir: string): Fault | undefined {
  const isMissingHere = fileStoreKind(dir) === 'file' && !existsInStore(`${dir}/${MACHINE_KEK_FILE}`);
  return isMissingHere ? noKek(dir) : undefined;
}

/** Stores of the Python engine from before machine.kek: only that engine can derive their key (FORMAT). */
function noKek(dir: string): Fault {
  return new Fault(
    'identity',
    `${dir}/${MACHINE_KEK_FILE} is missing, and ${PRIVATE_KEY_FILE} does not open without it`,
    {
      hint: `restore it from a backup; or, for a store of the Python engine, cp -a ${shellWord(dir)} ${shellWord(`${dir}.copy`)} and run that engine's \`verify\` once, which makes it; when it is lost, pqx keygen --force   starts over`,
    },
  );
}
