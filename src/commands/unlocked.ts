/** What `unlock` has put into the kernel's keyring, by the name that follows from the file which it opens. */
import { forgetKey, keepKey, keptKey, noKeyring } from '#keyring';
import { currentUser } from '#system';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault, isMissing } from '../fault.ts';
import { fileStoreKind } from '../identity/file-store.ts';
import { PRIVATE_KEY_FILE } from '../store/paths.ts';
import { FILE_LIMIT, readStoreFile } from '../store/read.ts';
import type { World } from '../world.ts';

/** A Fault `identity` where there is no keyring. */
export function requireKeyring(world: World, hint: string): void {
  const why = noKeyring();
  if (why === undefined) return;
  throw new Fault('identity', `the keyring of the kernel is not to be had here (${why})`, {
    hint: hint.replace(/^pqx/, world.program),
  });
}

/** Keeps the key that opens the private key's file whose bytes these are. A Fault `identity` when it cannot. */
export function keepUnlocked(file: Uint8Array, kek: Uint8Array, seconds: number): void {
  try {
    keepKey(nameFor(file), kek, seconds);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'EIO';
    throw new Fault('identity', `the keyring of the kernel did not take it (${code})`, { cause });
  }
}

/** What opens the file with these bytes, to be wiped; undefined when it is not unlocked. */
export function findUnlocked(file: Uint8Array): Uint8Array | undefined {
  return keptKey(nameFor(file));
}

/** Whether the private key of the store in `directory` is unlocked. */
export function isUnlocked(directory: string): boolean {
  const name = nameIn(directory);
  const kek = name === undefined ? undefined : keptKey(name);
  if (kek !== undefined) wipe(kek);
  return kek !== undefined;
}

/** Takes back what opens the private key of the store in `directory`; false when it is not unlocked. */
export function forgetUnlocked(directory: string): boolean {
  const name = nameIn(directory);
  return name !== undefined && forgetKey(name);
}

/** Runs `work`, which may put another file in the private key's place: what opens the former one is kept no longer. */
export async function lockingFormer<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const former = fileStoreKind(directory) === 'passphrase' ? nameIn(directory) : undefined;
  try {
    return await work();
  } finally {
    if (former !== undefined && former !== nameIn(directory) && noKeyring() === undefined) forgetKey(former);
  }
}

function nameIn(directory: string): string | undefined {
  try {
    return nameFor(readStoreFile(`${directory}/${PRIVATE_KEY_FILE}`, 'plain', FILE_LIMIT));
  } catch (error) {
    if (isMissing(error) || error instanceof Fault) return undefined;
    throw error;
  }
}

/** Another file has another name: what opened the former one is never taken for this one's. */
function nameFor(file: Uint8Array): string {
  return `pqx:${currentUser().uid}:${hexEncode(sha3_256(file)).slice(0, 16)}`;
}
