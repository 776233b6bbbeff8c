/** Where this user's things are, and how a command gets at them: config directory, bundle, identity. */

import { secretsAhead } from '#system';
import { BUNDLE_LIMIT } from '../bundle/limits.ts';
import { openBundle } from '../bundle/open.ts';
import { readBundle } from '../bundle/read.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import type { GlobalOptions } from '../cli.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { equalBytes, wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { type FindUnlocked, hasFileIdentity, loadFileIdentity } from '../identity/file-store.ts';
import type { AskPassphrase } from '../identity/passphrase.ts';
import { absoluteIn, BUNDLE_FILE, configDir } from '../store/paths.ts';
import { readIfThere } from '../store/read.ts';
import type { World } from '../world.ts';
import { bundleLine } from './again.ts';
import { checkKnown, type Rollback } from './known.ts';
import { nearbyFile } from './nearby.ts';

/** The bundle that this command is about: --bundle, PQX_BUNDLE, a profile file's `settings.bundle`, or the config directory's. */
export function bundlePath(world: World, options: GlobalOptions, fromSettings?: string): string {
  const named = options.bundle ?? nonEmpty(world.env('PQX_BUNDLE'));
  if (named !== undefined) return absoluteIn(world.cwd, named);
  return fromSettings ?? `${configDir(world.env)}/${BUNDLE_FILE}`;
}

/** The parsed bundle, or undefined when there is none at `path`. Throws a Fault for one that is no bundle. */
export function findBundle(path: string): Bundle | undefined {
  const bytes = readIfThere(path, 'plain', BUNDLE_LIMIT);
  return bytes === undefined ? undefined : readBundle(bytes, path);
}

/** As `findBundle`; undefined too for what is no bundle, where something else says so or it does not matter. */
export function soundBundle(path: string): Bundle | undefined {
  try {
    return findBundle(path);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** As `findBundle`; a Fault `store` when there is none. */
export function requireBundle(world: World, path: string): Bundle {
  const bundle = findBundle(path);
  if (bundle === undefined) throw missingBundle(world, path);
  return bundle;
}

export function missingBundle(world: World, path: string): Fault {
  return new Fault('store', `there is no bundle at ${path}`, {
    hint:
      nearbyFile(path) ??
      insideLaunch(world) ??
      `${bundleLine(world, path, 'pack')} < FILE   makes one from KEY=VALUE lines`,
  });
}

/**
 * The hint where nothing is found inside a launch: its target is not told of another config directory (PROFILES, inherit).
 * Undefined elsewhere.
 */
export function insideLaunch(world: World): string | undefined {
  const [profile, granted, directory] = ['PQX_PROFILE', 'PQX_GRANTED', 'PQC_CONFIG_DIR'].map(world.env);
  if ((profile ?? granted) === undefined || nonEmpty(directory) !== undefined) return undefined;
  const where = profile === undefined ? 'a profile' : `the profile ${profile}`;
  return `env: { PQC_CONFIG_DIR: { value: DIRECTORY } }   in ${where} hands another config directory on to what it launches`;
}

/** Where the passphrase of a store comes from, once it is needed. */
export function passphraseOf(world: World): AskPassphrase {
  return async (file) => (await import('./passphrase.ts')).currentPassphrase(world, file);
}

/** What opens the private key instead, if it is unlocked. Not where the passphrase was said: that is to be the right one. */
export function unlockedOf(world: World): FindUnlocked {
  return async (file) =>
    world.heard.has('passphrase') ? undefined : (await import('./unlocked.ts')).findUnlocked(file);
}

/**
 * For a word that puts another private key's file in place: has the passphrase said and proved, even if it is unlocked,
 * since the next file will be under it. Nothing is asked where there is none.
 */
export async function requirePassphrase(world: World): Promise<void> {
  wipe((await ownIdentity(world)).bytes);
}

/** Whether the identity comes with the call (cli, environment): then the config directory's is not asked. */
export function isInjected(world: World): boolean {
  for (const name of ['PQX_IDENTITY', 'PQX_IDENTITY_FILE', 'PQX_IDENTITY_FD'])
    if (world.env(name) !== undefined) return true;
  return false;
}

/** Whether the user has said that the keychain is to be asked first. */
export function wantsKeychain(world: World): boolean {
  return world.env('PQC_USE_KEYCHAIN') === 'true';
}

/** Whether there is a private key to be had. The keychain is asked only where nothing else says so. */
export async function hasIdentity(world: World): Promise<boolean> {
  if (isInjected(world) || hasFileIdentity(configDir(world.env))) return true;
  return (await import('./keychain.ts')).isInKeychain(world);
}

/**
 * The private key of this user's own: from the file store, or from the keychain where that was said or recorded. The
 * keychain is looked for last, so that a launch from the file store does nothing for it.
 */
async function ownIdentity(world: World, unlocked?: FindUnlocked): Promise<PrivateKey> {
  const dir = configDir(world.env);
  if (wantsKeychain(world)) {
    const key = (await import('./keychain.ts')).keyInKeychain(world);
    if (key !== undefined) return key;
  }
  try {
    return await loadFileIdentity(dir, undefined, passphraseOf(world), unlocked);
  } catch (error) {
    const key = hasFileIdentity(dir) ? undefined : (await import('./keychain.ts')).keyInKeychain(world);
    if (key === undefined) throw error;
    return key;
  }
}

/** Runs `work` with the private key and wipes the key afterwards, however `work` ends. */
export async function withIdentity<T>(world: World, work: (key: PrivateKey) => Promise<T>): Promise<T> {
  secretsAhead();
  const key = isInjected(world)
    ? (await import('./injected.ts')).injectedIdentity(world)
    : await ownIdentity(world, unlockedOf(world));
  try {
    return await work(key);
  } finally {
    wipe(key.bytes);
  }
}

/**
 * Runs `work`, which opens `bundle` before it does anything else, with the private key that the bundle is for: this
 * identity's, or one that a rotation has kept. Faults of `work`, and those of the identity.
 */
export async function withIdentityFor<T>(
  world: World,
  bundle: Bundle,
  work: (key: PrivateKey) => Promise<T>,
): Promise<T> {
  try {
    return await withIdentity(world, work);
  } catch (error) {
    if (
      isInjected(world) ||
      !(error instanceof Fault) ||
      !/^(not-for-this-identity|damaged)$/.test(error.code)
    )
      throw error;
    const { withKeptIdentity } = await import('./kept-identity.ts');
    return withKeptIdentity(world, bundle, work, error);
  }
}

/** How often a bundle that is written anew while it is opened is read again. */
const TRIES = 8;

/**
 * The values of the wanted names, or of all, once the bundle is known to be the one that stood there before. Returns too
 * what is to be said of it on standard error. A rotation beside it changes bundle, identity and pin one after the other:
 * what fails is tried again with the bundle that stands there then. Faults as `openBundle` and `checkKnown`.
 */
export async function openKnown(
  world: World,
  path: string,
  bundle: Bundle,
  wanted: 'all' | readonly string[],
  rollback?: Rollback,
): Promise<{ readonly secrets: Secrets; readonly notice: string | undefined }> {
  let current = bundle;
  for (let tries = 1; ; tries += 1) {
    try {
      return await openOnce(world, path, current, wanted, rollback);
    } catch (error) {
      const newer = tries < TRIES ? findBundle(path) : undefined;
      if (newer === undefined || !isOther(newer, current)) throw error;
      current = newer;
    }
  }
}

/** Whether a bundle was sealed at another time: no two have the same ciphertext of their data or seal. */
function isOther(a: Bundle, b: Bundle): boolean {
  return !equalBytes(sealNonce(a), sealNonce(b));
}

function sealNonce(bundle: Bundle): Uint8Array {
  return bundle.format === 'v2' ? bundle.seal.nonce : bundle.data.nonce;
}

function openOnce(
  world: World,
  path: string,
  bundle: Bundle,
  wanted: 'all' | readonly string[],
  rollback: Rollback | undefined,
): Promise<{ readonly secrets: Secrets; readonly notice: string | undefined }> {
  return withIdentityFor(world, bundle, async (key) => {
    const secrets = await openBundle(bundle, key, wanted, path);
    try {
      return { secrets, notice: await checkKnown(world, path, bundle, key, rollback) };
    } catch (error) {
      wipeValues(secrets);
      throw error;
    }
  });
}

/**
 * Opens everything, hands it to `work`, and wipes every value afterwards. For words: what is to be said of an older bundle
 * is said.
 */
export async function withSecrets<T>(
  world: World,
  path: string,
  work: (secrets: Secrets, bundle: Bundle) => Promise<T> | T,
  rollback?: Rollback,
): Promise<T> {
  const bundle = requireBundle(world, path);
  const { secrets, notice } = await openKnown(world, path, bundle, 'all', rollback);
  if (notice !== undefined) world.stderr.write(notice);
  try {
    return await work(secrets, bundle);
  } finally {
    wipeValues(secrets);
  }
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
