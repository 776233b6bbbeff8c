/** Writing the file store (identity/file-store.ts reads it). */
import { unlinkSync } from 'node:fs';
import { AEAD, sealAead } from '../crypto/aead.ts';
import { base64Encode } from '../crypto/encoding.ts';
import { type KemAlgorithm, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { Fault, isMissing } from '../fault.ts';
import { withLock } from '../store/lock.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE, RECIPIENT_FILE } from '../store/paths.ts';
import { existsInStore, FILE_LIMIT, readStoreFile } from '../store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { writeFault } from '../store/write-fault.ts';
import {
  aadV1,
  aadV2,
  fileStoreKind,
  hasFileIdentity,
  loadFileIdentity,
  readMachineKek,
} from './file-store.ts';
import { keptFile, keptFiles } from './kept.ts';
import { recipientText } from './recipient.ts';

/** `now` becomes `created_utc` of the public key's file. */
export interface SaveOptions {
  readonly replace: boolean;
  /** With `replace`: a former private key whose `machine.kek` is lost is no reason to refuse. */
  readonly startOver?: boolean;
  readonly now: Date;
  /** What the private key, and a former one, are under instead of `machine.kek`. */
  readonly passphrase?: Uint8Array | undefined;
}

/**
 * Stores a new identity, under the directory's lock. With `replace` the former private key is first kept as
 * `private.key.<16 hex>.enc`; without it an existing one is a Fault `identity`. A Fault `store` when it cannot be written.
 *
 * A kill at any point leaves the former identity or the new one, and never a public key whose private key is not there:
 * `machine.kek` is made only where there is no private key and then serves every key of the directory, the private key
 * comes next, and the public key last.
 */
export async function saveFileIdentity(
  dir: string,
  key: PrivateKey,
  publicKey: Uint8Array,
  options: SaveOptions,
): Promise<void> {
  ensureStoreDirectory(dir);
  await withLock(dir, () => saveLocked(dir, key, publicKey, options));
}

/** The same for a caller who holds the directory's lock. */
export async function saveLocked(
  dir: string,
  key: PrivateKey,
  publicKey: Uint8Array,
  options: SaveOptions,
): Promise<void> {
  const exists = hasFileIdentity(dir);
  if (exists && !options.replace) {
    throw new Fault('identity', `there is an identity in ${dir}`, {
      hint: 'pqx keygen --force   replaces it and keeps a backup',
    });
  }
  const { passphrase } = options;
  const lacksKek = passphrase === undefined && !existsInStore(`${dir}/${MACHINE_KEK_FILE}`);
  // A machine.kek is never made beside a private key that is under another one (FORMAT).
  if (lacksKek && fileStoreKind(dir) === 'file' && options.startOver === true) {
    await keepFormer(dir, undefined);
    removeFile(`${dir}/${PRIVATE_KEY_FILE}`);
  }
  if (lacksKek && fileStoreKind(dir) !== 'file') wipe(makeMachineKek(dir));
  const file = await privateKeyFile(dir, key, passphrase);
  if (hasFileIdentity(dir)) await keepFormer(dir, passphrase);
  writeStoreFile(`${dir}/${PRIVATE_KEY_FILE}`, file, { mode: 0o600 });
  writeRecipient(dir, key.alg, publicKey, options.now);
}

/**
 * Puts the same private key under the passphrase, or under `machine.kek` when undefined; for a caller who holds the
 * directory's lock. A kill leaves the former file or the new one. `machine.kek` goes once nothing is under it.
 */
export async function protectLocked(
  dir: string,
  key: PrivateKey,
  passphrase: Uint8Array | undefined,
): Promise<void> {
  const kek = `${dir}/${MACHINE_KEK_FILE}`;
  if (passphrase === undefined && !existsInStore(kek) && fileStoreKind(dir) !== 'file')
    wipe(makeMachineKek(dir));
  const file = await privateKeyFile(dir, key, passphrase);
  writeStoreFile(`${dir}/${PRIVATE_KEY_FILE}`, file, { mode: 0o600 });
  if (passphrase !== undefined && keptFiles(dir).length === 0 && existsInStore(kek)) removeFile(kek);
}

function privateKeyFile(
  dir: string,
  key: PrivateKey,
  passphrase: Uint8Array | undefined,
): Promise<Uint8Array> {
  return passphrase === undefined ? underMachineKek(dir, key) : underPassphrase(key, passphrase);
}

async function underMachineKek(dir: string, key: PrivateKey): Promise<Uint8Array> {
  const kek = readMachineKek(dir);
  try {
    return await encrypted(key, kek);
  } finally {
    wipe(kek);
  }
}

async function underPassphrase(key: PrivateKey, passphrase: Uint8Array): Promise<Uint8Array> {
  const { kdfMember, kekOfPassphrase, newArgon2 } = await import('./passphrase.ts');
  const parameters = newArgon2();
  const kek = await kekOfPassphrase(passphrase, parameters);
  try {
    return await encrypted(key, kek, kdfMember(parameters));
  } finally {
    wipe(kek);
  }
}

/** Nothing happens when it is not there. A Fault `store` when it cannot be removed. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw writeFault(path, error);
  }
}

/** `recipient.pub` of the store in `dir`. */
export function writeRecipient(dir: string, alg: KemAlgorithm, publicKey: Uint8Array, now: Date): void {
  writeStoreFile(`${dir}/${RECIPIENT_FILE}`, recipientText(alg, publicKey, now), { mode: 0o644 });
}

/** ML-KEM-768 keys are written as version 1, which every engine reads; others need the version that names them. */
async function encrypted(
  key: PrivateKey,
  kek: Uint8Array,
  kdf: Readonly<Record<string, unknown>> = { name: 'machine.kek' },
): Promise<Uint8Array> {
  const nonce = randomBytes(AEAD.nonce);
  const first = key.alg === 'ML-KEM-768' && kdf['name'] === 'machine.kek';
  const sealed = await sealAead(kek, nonce, key.bytes, first ? aadV1() : aadV2(key.alg, kdf));
  const head = first ? { version: 1 } : { version: 2, alg: key.alg, kdf };
  const document = { ...head, nonce_b64: base64Encode(nonce), ciphertext_b64: base64Encode(sealed) };
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}

function makeMachineKek(dir: string): Uint8Array {
  const kek = randomBytes(AEAD.key);
  writeStoreFile(`${dir}/${MACHINE_KEK_FILE}`, kek, { mode: 0o600 });
  return kek;
}

/**
 * The former private key's file, byte for byte, named by its public key. One that does not open (broken, or under a
 * passphrase) is named by its own bytes instead: nothing that it says of itself may overwrite another backup.
 */
export async function keepFormer(dir: string, passphrase: Uint8Array | undefined): Promise<void> {
  const bytes = readStoreFile(`${dir}/${PRIVATE_KEY_FILE}`, 'plain', FILE_LIMIT);
  const name = keptFile((await formerPublicKey(dir, passphrase)) ?? bytes);
  writeStoreFile(`${dir}/${name}`, bytes, { mode: 0o600 });
}

async function formerPublicKey(
  dir: string,
  passphrase: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const former = await loadFileIdentity(
      dir,
      undefined,
      passphrase === undefined ? undefined : async () => passphrase,
    );
    const publicKey = await publicKeyOf(former);
    wipe(former.bytes);
    return publicKey;
  } catch (error) {
    if (error instanceof Fault && error.code === 'identity') return undefined;
    throw error;
  }
}
