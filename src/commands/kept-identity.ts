import type { Bundle } from '../bundle/types.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { loadFileIdentity } from '../identity/file-store.ts';
import { keptFiles } from '../identity/kept.ts';
import { formerAccounts, readRecord } from '../identity/keychain-record.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { passphraseOf } from './access.ts';

/**
 * Runs `work` with a kept identity that `bundle` is for, after this one met `refusal`, which is thrown again when there
 * is none. A single-envelope bundle does not say for whom it is: there every kept one that opens is tried.
 */
export async function withKeptIdentity<T>(
  world: World,
  bundle: Bundle,
  work: (key: PrivateKey) => Promise<T>,
  refusal: Fault,
): Promise<T> {
  if (refusal.code === 'damaged' && bundle.format !== 'v1-single') throw refusal;
  const dir = configDir(world.env);
  const hashes = hashesOf(bundle);
  const keys = [
    ...keptFiles(dir, hashes).map((file) => () => keptIdentity(world, file, hashes === undefined)),
    ...formerAccounts(readRecord(dir), hashes).map((account) => () => formerEntry(world, account)),
  ];
  for (const take of keys) {
    const key = await take();
    if (key === undefined) continue;
    try {
      return await work(key);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== refusal.code) throw error;
    } finally {
      wipe(key.bytes);
    }
  }
  throw refusal;
}

/** Whether `bundle` is for an identity that is kept, by what their names say of them. */
export function isForKept(world: World, bundle: Bundle): boolean {
  const dir = configDir(world.env);
  const hashes = hashesOf(bundle);
  return keptFiles(dir, hashes).length + formerAccounts(readRecord(dir), hashes).length > 0;
}

async function keptIdentity(world: World, file: string, isTried: boolean): Promise<PrivateKey | undefined> {
  try {
    return await loadFileIdentity(configDir(world.env), file, passphraseOf(world));
  } catch (error) {
    if (isTried && error instanceof Fault && error.code === 'identity') return undefined;
    throw error;
  }
}

/** Undefined where a rotation was cut short before it was there. */
async function formerEntry(world: World, account: string): Promise<PrivateKey | undefined> {
  const { placeOf } = await import('./keychain.ts');
  const { readEntry } = await import('../identity/keychain-write.ts');
  return readEntry(placeOf(world, account));
}

/** The hashes of the public keys that the bundle is for, in hex; undefined when it does not say. */
function hashesOf(bundle: Bundle): readonly string[] | undefined {
  switch (bundle.format) {
    case 'v1':
      return bundle.recipientHash === undefined ? undefined : [bundle.recipientHash];
    case 'v1-single':
      return undefined;
    case 'v2':
      return bundle.recipients.map(({ publicKey }) => hexEncode(sha3_256(publicKey)));
  }
}
