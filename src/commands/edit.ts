/** The one way by which words change a bundle: lock, open, judge, change, write with a backup, and know the new one again. */
import { basename, dirname, join } from 'node:path';
import { readBundle } from '../bundle/read.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import { type BundleFormat, newBundle, type Unlocked, unlock } from '../bundle/unlocked.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { updatePin } from '../identity/known-write.ts';
import { withLock } from '../store/lock.ts';
import { configDir } from '../store/paths.ts';
import { directoryWritten, ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import type { World } from '../world.ts';
import {
  findBundle,
  hasIdentity,
  missingBundle,
  requireBundle,
  withIdentity,
  withIdentityFor,
} from './access.ts';
import { requireKnown } from './known.ts';
import { ownRecipient } from './own-recipient.ts';
import type { BundlePlace } from './profile-files.ts';

/**
 * Runs `work` while no other pqx writes the file at `path`, whose directory is made when it is not there. `work` is told
 * which directory is locked.
 */
export async function withWriteLock<T>(path: string, work: (held: string) => Promise<T>): Promise<T> {
  ensureStoreDirectory(dirname(path));
  const held = directoryWritten(path);
  return withLock(held, () => work(held));
}

/** Where the former bundle is kept: beside the file itself, also when `path` is a link to it. */
export function backupPath(path: string): string {
  return join(directoryWritten(path), `${basename(path)}.bak`);
}

/**
 * Makes `file` the bundle at `path`, whose directory's lock is `held`, keeps the former one as its `.bak`, and makes it
 * the one that each of `keys` expects there. A kill at any point leaves the former bundle or the new one, and no question
 * whether it is the expected one.
 */
export async function writeBundle(
  world: World,
  path: string,
  file: Uint8Array,
  keys: readonly PrivateKey[],
  held: string,
): Promise<void> {
  const bundle = readBundle(file, path);
  const next = bundle.format === 'v2' ? bundle : undefined;
  const write = async () => writeStoreFile(path, file, { mode: 0o600, backup: backupPath(path) });
  const pinned = keys.reduceRight<() => Promise<void>>(
    (inner, key) => () => updatePin(configDir(world.env), key, path, next, inner, { held }),
    write,
  );
  await pinned();
}

/**
 * Replaces the bundle at `place`, under its lock, by the file that `make` makes of it, which opens it before it does
 * anything else. A Fault `store` when there is none.
 */
export async function rewriteBundle(
  world: World,
  { path, rollback }: BundlePlace,
  make: (bundle: Bundle, key: PrivateKey) => Promise<Uint8Array>,
): Promise<void> {
  if (findBundle(path) === undefined) throw missingBundle(world, path);
  await withWriteLock(path, async (held) => {
    const bundle = requireBundle(world, path);
    await withIdentityFor(world, bundle, async (key) => {
      const file = await make(bundle, key);
      sayNotice(world, requireKnown(world, path, bundle, key, rollback));
      await writeBundle(world, path, file, [key], held);
    });
  });
}

/**
 * Changes entries of the bundle at `place`, under its lock. Where there is none, one of `format` for this identity is
 * begun, unless that is undefined: then a Fault `store`. What `change` throws leaves everything as it was.
 */
export async function editBundle<T>(
  world: World,
  place: BundlePlace,
  format: BundleFormat | undefined,
  change: (bundle: Unlocked) => Promise<T>,
): Promise<T> {
  const { path, rollback } = place;
  if (format === undefined && findBundle(path) === undefined) throw missingBundle(world, path);
  return withWriteLock(path, async (held) => {
    const bundle = findBundle(path);
    if (bundle === undefined) return begin(world, path, format, held, change);
    return withIdentityFor(world, bundle, async (key) => {
      const opened = await unlock(bundle, key, path);
      try {
        sayNotice(world, requireKnown(world, path, bundle, key, rollback));
        return await changed(world, path, opened, [key], held, change);
      } finally {
        opened.close();
      }
    });
  });
}

/**
 * Makes a new bundle with `secrets` for this identity's public key the one at `path`, whatever stands there. Returns how
 * many keys it has.
 */
export async function replaceBundle(
  world: World,
  path: string,
  format: BundleFormat,
  secrets: Secrets,
): Promise<number> {
  return withWriteLock(path, (held) =>
    begin(world, path, format, held, async (bundle) => {
      for (const [name, value] of secrets) await bundle.put(name, value);
      return secrets.size;
    }),
  );
}

/** A new bundle; its lock is `held`. Without the private key, which `recipient.pub` alone does for, there is no pin. */
export async function begin<T>(
  world: World,
  path: string,
  format: BundleFormat | undefined,
  held: string,
  change: (bundle: Unlocked) => Promise<T>,
  label?: string,
): Promise<T> {
  if (format === undefined) throw missingBundle(world, path);
  const opened = await newBundle(format, await ownRecipient(world, label));
  try {
    if (!(await hasIdentity(world))) return await changed(world, path, opened, [], held, change);
    return await withIdentity(world, (key) => changed(world, path, opened, [key], held, change));
  } finally {
    opened.close();
  }
}

async function changed<T>(
  world: World,
  path: string,
  opened: Unlocked,
  keys: readonly PrivateKey[],
  held: string,
  change: (bundle: Unlocked) => Promise<T>,
): Promise<T> {
  const result = await change(opened);
  await writeBundle(world, path, await opened.file(world.now()), keys, held);
  return result;
}

function sayNotice(world: World, { notice }: { readonly notice: string | undefined }): void {
  if (notice !== undefined) world.stderr.write(notice);
}
