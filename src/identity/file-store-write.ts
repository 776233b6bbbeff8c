/** Writing the file store (identity/file-store.ts reads it). */
import { existsSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { AEAD, sealAead } from '../crypto/aead.ts';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { errnoOf, Fault } from '../fault.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE, RECIPIENT_FILE } from '../store/paths.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { AAD_V1, aadV2, hasFileIdentity, loadFileIdentity, noKek, readKeyFile } from './file-store.ts';
import { recipientText } from './recipient.ts';

/**
 * Stores a new identity. With `replace` the former private key is first kept as `private.key.<16 hex>.enc`, named by its
 * public key; without it an existing one is a Fault `identity`. The order of writes never leaves a store that lost a key:
 * `machine.kek` is made only where there is no private key, and serves every key of the directory.
 */
export async function saveFileIdentity(
  dir: string,
  key: PrivateKey,
  publicKey: Uint8Array,
  options: { readonly replace: boolean; readonly now: Date },
): Promise<void> {
  ensureStoreDirectory(dir);
  if (hasFileIdentity(dir)) {
    if (!options.replace)
      throw new Fault('identity', `there is an identity in ${dir}`, { hint: 'pqx keygen --force' });
    await backUp(dir);
  }
  const kek = kekFor(dir);
  try {
    writeStoreFile(join(dir, PRIVATE_KEY_FILE), await encrypted(key, kek), { mode: 0o600 });
  } finally {
    wipe(kek);
  }
  writeStoreFile(join(dir, RECIPIENT_FILE), recipientText(key.alg, publicKey, options.now), { mode: 0o644 });
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

/** The store's key-encryption key; made when there is neither it nor a private key that would need another. */
function kekFor(dir: string): Uint8Array {
  const path = join(dir, MACHINE_KEK_FILE);
  try {
    return readKeyFile(path, () => noKek(dir));
  } catch (error) {
    if (!(error instanceof Fault) || hasFileIdentity(dir) || existsSync(path)) throw error;
  }
  const kek = randomBytes(AEAD.key);
  writeStoreFile(path, kek, { mode: 0o600 });
  return kek;
}

/** A second name for the same file, so that there is no instant without one. */
async function backUp(dir: string): Promise<void> {
  const former = await loadFileIdentity(dir);
  const publicKey = await publicKeyOf(former);
  wipe(former.bytes);
  const name = `private.key.${hexEncode(sha3_256(publicKey)).slice(0, 16)}.enc`;
  try {
    linkSync(join(dir, PRIVATE_KEY_FILE), join(dir, name));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
