import { unlinkSync } from 'node:fs';
import { openBundle } from '../bundle/open.ts';
import type { Bundle, Recipient } from '../bundle/types.ts';
import { unlock } from '../bundle/unlocked.ts';
import type { GlobalOptions } from '../cli.ts';
import { generateKey, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { saveLocked, writeRecipient } from '../identity/file-store-write.ts';
import { forgetKept, keptFile, keptFiles } from '../identity/kept.ts';
import { formerAccount, readRecord, writeRecord } from '../identity/keychain-record.ts';
import { entryName, saveInKeychain } from '../identity/keychain-write.ts';
import { withLocks } from '../store/lock.ts';
import { configDir, PRIVATE_KEY_FILE } from '../store/paths.ts';
import { directoryWritten } from '../store/write.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import {
  findBundle,
  isInjected,
  passphraseOf,
  requirePassphrase,
  withIdentity,
  withIdentityFor,
} from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { backupPath, writeBundle } from './edit.ts';
import { placeOf, settledWhereabouts, whereabouts } from './keychain.ts';
import { requireKnown } from './known.ts';
import { defaultLabel } from './own-recipient.ts';
import { type BundlePlace, wordBundle } from './profile-files.ts';
import { reseal } from './reseal.ts';
import { lockingFormer } from './unlocked.ts';

/** `rotate`: a new identity and a new data key, everything encrypted anew. `rotate --purge`: the former ones go. */
export async function rotate(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('rotate', args, { purge: { type: 'boolean' } });
  if (isInjected(world)) {
    throw new Fault('identity', 'the identity comes with PQX_IDENTITY*, and rotate would change another', {
      hint: 'pqx keygen --stdout --pub new.pub | cat   makes a new one, and pqx recipients add new.pub --label new   lets it open the bundle',
    });
  }
  const place = await wordBundle(world, options);
  const dir = configDir(world.env);
  await requirePassphrase(world);
  const bundleDirectory = findBundle(place.path) === undefined ? [] : [directoryWritten(place.path)];
  await lockingFormer(dir, () =>
    withLocks([...bundleDirectory, dir], () =>
      values.purge === true ? purge(world, dir, place.path) : turn(world, dir, place),
    ),
  );
  const event = values.purge === true ? 'rotate --purge' : 'rotate';
  await recordWord(world, options, { event, bundle: place.path });
  return 0;
}

/**
 * At every instant the store opens. The new bundle is made and proved in memory; then the former identity is kept, the
 * new one takes its place, and the bundle follows: until it does, it is for the identity that is kept. A rotation that
 * was cut there is completed by the next one, which finds the bundle to be for a kept identity and needs no newer one.
 */
async function turn(world: World, dir: string, place: BundlePlace): Promise<void> {
  const bundle = findBundle(place.path);
  await withIdentity(world, async (current) => {
    const own = await publicKeyOf(current);
    if (bundle === undefined) {
      await replaceIdentity(world, dir, current, own);
      return;
    }
    await withIdentityFor(world, bundle, async (opener) => {
      const former = await publicKeyOf(opener);
      if (equalBytes(former, own)) await rotateBoth(world, dir, place, bundle, current);
      else await follow(world, place, bundle, opener, { key: current, publicKey: own });
    });
  });
}

interface Pair {
  readonly key: PrivateKey;
  readonly publicKey: Uint8Array;
}

async function rotateBoth(
  world: World,
  dir: string,
  place: BundlePlace,
  bundle: Bundle,
  current: PrivateKey,
): Promise<void> {
  const { path } = place;
  const next = await generateKey(current.alg);
  try {
    const { file, count } = await forNext(world, place, bundle, current, next);
    const kept = await saveNext(world, dir, next, await publicKeyOf(current));
    await writeBundle(world, path, file, [current, next.key], dir);
    world.stderr.write(
      `a new ${current.alg} identity in ${placeName(world, dir)}, and ${counted(count, 'key')} in ${printable(path)} encrypted anew for it\n`,
    );
    sayKept(world, kept);
  } finally {
    wipe(next.key.bytes);
  }
}

async function replaceIdentity(
  world: World,
  dir: string,
  current: PrivateKey,
  own: Uint8Array,
): Promise<void> {
  const next = await generateKey(current.alg);
  let kept: string;
  try {
    kept = await saveNext(world, dir, next, own);
  } finally {
    wipe(next.key.bytes);
  }
  world.stderr.write(
    `a new ${current.alg} identity in ${placeName(world, dir)}; there was no bundle to encrypt anew\n`,
  );
  sayKept(world, kept);
}

/** Puts the new identity where the former one was, and returns where that is kept. */
async function saveNext(world: World, dir: string, next: Pair, former: Uint8Array): Promise<string> {
  const at = settledWhereabouts(world);
  const save = { replace: true, now: world.now(), passphrase: await samePassphrase(world, dir) };
  if (at.store !== 'keychain') {
    await saveLocked(dir, next.key, next.publicKey, save);
    return keptFile(former);
  }
  await saveInKeychain(dir, placeOf(world, at.account), next.key, next.publicKey, save);
  return entryName(formerAccount(at.account, former));
}

function placeName(world: World, dir: string): string {
  return whereabouts(world).store === 'keychain' ? 'the keychain' : printable(dir);
}

/** A new identity stays under what the former one is under, which was asked for to open it. */
async function samePassphrase(world: World, dir: string): Promise<Uint8Array | undefined> {
  const { store } = settledWhereabouts(world);
  return store === 'passphrase' ? passphraseOf(world)(`${dir}/${PRIVATE_KEY_FILE}`) : undefined;
}

function sayKept(world: World, kept: string): void {
  world.stderr.write(
    `the former identity is kept as ${kept}: pqx rotate --purge   removes it\nwho has seen it can open every copy of the bundle from before: change the keys at their providers then\n`,
  );
}

/** The bundle is for a kept identity: another bundle was rotated since, or a rotation was cut short. */
async function follow(
  world: World,
  place: BundlePlace,
  bundle: Bundle,
  opener: PrivateKey,
  own: Pair,
): Promise<void> {
  const { path } = place;
  const { file, count } = await forNext(world, place, bundle, opener, own);
  const dir = configDir(world.env);
  await writeBundle(world, path, file, [opener, own.key], dir);
  // Between the two files of an identity a rotation may have been cut, too.
  writeRecipient(dir, own.key.alg, own.publicKey, world.now());
  world.stderr.write(
    `${printable(path)} was for an identity that is kept: its ${counted(count, 'key')} are now encrypted for this one, which stays as it is\n`,
  );
}

/** The bundle encrypted anew, with `next` in the place of the identity that opens it. */
async function forNext(
  world: World,
  { path, rollback }: BundlePlace,
  bundle: Bundle,
  opener: PrivateKey,
  next: Pair,
): Promise<{ readonly file: Uint8Array; readonly count: number }> {
  const former = await publicKeyOf(opener);
  const secrets = await openBundle(bundle, opener, 'all', path);
  try {
    const { notice } = requireKnown(world, path, bundle, opener, rollback);
    if (notice !== undefined) world.stderr.write(notice);
    const { alg } = next.key;
    const successor = (label: string): Recipient => ({ alg, label, publicKey: next.publicKey });
    const shape =
      bundle.format === 'v2'
        ? {
            format: 'v2' as const,
            recipients: bundle.recipients.map((recipient) =>
              equalBytes(recipient.publicKey, former) ? successor(recipient.label) : recipient,
            ),
            revision: bundle.revision + 1,
          }
        : { format: 'v1' as const, recipients: [successor(defaultLabel())], revision: 1 };
    return { file: await reseal(secrets, shape, next.key, world.now(), path), count: secrets.size };
  } finally {
    wipeValues(secrets);
  }
}

/** Only once the bundle opens without them. A backup that is for one of them alone opens for nobody then, and goes too. */
async function purge(world: World, dir: string, path: string): Promise<void> {
  const kept = keptFiles(dir);
  const { former, ...recorded } = readRecord(dir);
  const bundle = findBundle(path);
  if (bundle !== undefined) await requireOpens(world, bundle, path);
  const backup = backupPath(path);
  const stale = await isForOthers(world, backup);
  // What may fail comes first.
  for (const account of former) placeOf(world, account).keychain.remove(account);
  if (former.length > 0) writeRecord(dir, { ...recorded, former: [] });
  forgetKept(dir, kept);
  if (stale) unlinkSync(backup);
  const gone = [...kept, ...former.map(entryName), ...(stale ? [backup] : [])].map(printable);
  world.stderr.write(
    gone.length === 0
      ? 'there is no former identity to remove\n'
      : `removed ${gone.join(', ')}; a bundle elsewhere that is still for a former identity opens no more\n`,
  );
}

async function requireOpens(world: World, bundle: Bundle, path: string): Promise<void> {
  try {
    await withIdentity(world, async (key) => (await unlock(bundle, key, path)).close());
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'not-for-this-identity') throw error;
    throw new Fault('identity', `${path} is still for a former identity; nothing was removed`, {
      hint: 'pqx rotate   encrypts it for this one first',
    });
  }
}

async function isForOthers(world: World, backup: string): Promise<boolean> {
  try {
    const bundle = findBundle(backup);
    if (bundle === undefined) return false;
    await withIdentity(world, async (key) => (await unlock(bundle, key, backup)).close());
    return false;
  } catch (error) {
    return error instanceof Fault && error.code === 'not-for-this-identity';
  }
}
