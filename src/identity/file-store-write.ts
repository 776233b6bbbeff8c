/** Writing the file store (identity/file-store.ts reads it). */
import { AEAD, sealAead } from '../crypto/aead.ts';
import { base64Encode } from '../crypto/encoding.ts';
import { type KemAlgorithm, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { withLock } from '../store/lock.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE, RECIPIENT_FILE } from '../store/paths.ts';
import { existsInStore, FILE_LIMIT, readStoreFile } from '../store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { AAD_V1, aadV2, hasFileIdentity, loadFileIdentity, readMachineKek } from './file-store.ts';
import { keptFile } from './kept.ts';
import { recipientText } from './recipient.ts';

/** `now` becomes `created_utc` of the public key's file. */
export interface SaveOptions {
  readonly replace: boolean;
  readonly now: Date;
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
  const kek =
    exists || existsInStore(`${dir}/${MACHINE_KEK_FILE}`) ? readMachineKek(dir) : makeMachineKek(dir);
  try {
    if (exists) await keepFormer(dir);
    writeStoreFile(`${dir}/${PRIVATE_KEY_FILE}`, await encrypted(key, kek), { mode: 0o600 });
  } finally {
    wipe(kek);
  }
  writeRecipient(dir, key.alg, publicKey, options.now);
}

/** `recipient.pub` of the store in `dir`. */
export function writeRecipient(dir: string, alg: KemAlgorithm, publicKey: Uint8Array, now: Date): void {
  writeStoreFile(`${dir}/${RECIPIENT_FILE}`, recipientText(alg, publicKey, now), { mode: 0o644 });
}

/** ML-KEM-768 keys are written as version 1, which every engine reads; others need the version that names them. */
async function encrypted(key: PrivateKey, kek: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(AEAD.nonce);
  const first = key.alg === 'ML-KEM-768';
  const sealed = await sealAead(kek, nonce, key.bytes, first ? AAD_V1 : aadV2(key.alg));
  const head = first ? { version: 1 } : { version: 2, alg: key.alg, kdf: { name: 'machine.kek' } };
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
async function keepFormer(dir: string): Promise<void> {
  const bytes = readStoreFile(`${dir}/${PRIVATE_KEY_FILE}`, 'plain', FILE_LIMIT);
  const name = keptFile((await formerPublicKey(dir)) ?? bytes);
  writeStoreFile(`${dir}/${name}`, bytes, { mode: 0o600 });
}

async function formerPublicKey(dir: string): Promise<Uint8Array | undefined> {
  try {
    const former = await loadFileIdentity(dir);
    const publicKey = await publicKeyOf(former);
    wipe(former.bytes);
    return publicKey;
  } catch (error) {
    if (error instanceof Fault && error.code === 'identity') return undefined;
    throw error;
  }
}
