import { secretsAhead } from '#system';
import { checkLabel } from '../bundle/v2-write.ts';
import type { GlobalOptions } from '../cli.ts';
import { generateKey, publicKeyOf } from '../crypto/kem.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { printable } from '../fault.ts';
import { missingKek } from '../identity/file-store.ts';
import { saveLocked, writeRecipient } from '../identity/file-store-write.ts';
import { entryName, saveInKeychain } from '../identity/keychain-write.ts';
import { withLock } from '../store/lock.ts';
import { configDir, RECIPIENT_FILE } from '../store/paths.ts';
import { existsInStore } from '../store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import type { World } from '../world.ts';
import { findBundle, isInjected, withIdentity } from './access.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { begin, withWriteLock } from './edit.ts';
import { hasOwnIdentity, placeOf, settledWhereabouts, whereabouts } from './keychain.ts';
import { defaultLabel } from './own-recipient.ts';
import { profilesPath, wordBundlePath } from './profile-files.ts';

/** Valid as it stands, and where `profiles add` goes on. */
const PROFILES = `# Which program gets which keys of the bundle. pqx help profiles; pqx profiles add TOOL adds one for a known tool.
#
#   claude:
#     command: claude                          # the program that is launched: pqx claude
#     env:
#       ANTHROPIC_AUTH_TOKEN: ZENMUX_API_KEY   # variable: key of the bundle (pqx set ZENMUX_API_KEY)
#       ANTHROPIC_BASE_URL: { value: https://zenmux.ai/api/anthropic }   # not a secret
#       ANTHROPIC_API_KEY: { unset: true }     # must not be seen
version: 1
profiles: {}
`;

/** `init`: the config directory, an identity, an empty bundle and a profile file: what is missing of them. */
export async function init(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('init', args, { label: { type: 'string' } });
  if (values.label !== undefined) checkArgument(checkLabel, values.label);
  const path = await wordBundlePath(world, options);
  const needsBundle = findBundle(path) === undefined;
  const label = needsBundle ? await labelOf(world, values.label) : undefined;
  const dir = configDir(world.env);
  ensureStoreDirectory(dir);
  say(world, await initIdentity(world, dir), identityPlace(world, dir), 'identity');
  say(world, label === undefined ? false : await initBundle(world, path, label), path, 'bundle');
  const file = profilesPath(world, options).path;
  say(world, await initProfiles(file), file, 'profiles');
  world.stderr.write(
    'next: pqx set NAME   stores a key; pqx profiles add TOOL   says who gets it; pqx TOOL\n',
  );
  return 0;
}

function say(world: World, made: boolean, path: string, what: string): void {
  world.stderr.write(`${what.padEnd(9)} ${made ? 'made' : 'was there'}: ${printable(path)}\n`);
}

/** By which other recipients will know this one; asked on a terminal. */
async function labelOf(world: World, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  if (!world.stdin.isTerminal || !world.stderr.isTerminal) return defaultLabel();
  const { ask } = await import('../terminal/prompt.ts');
  const answer = await ask('A label for this machine, by which a team knows it:', defaultLabel());
  checkLabel(answer);
  return answer;
}

function identityPlace(world: World, dir: string): string {
  const at = isInjected(world) ? undefined : settledWhereabouts(world);
  return at?.store === 'keychain' ? `the keychain, as ${entryName(at.account)}` : dir;
}

async function initIdentity(world: World, dir: string): Promise<boolean> {
  return withLock(dir, async () => {
    if (isInjected(world)) return false;
    const lost = missingKek(dir);
    if (lost !== undefined) throw lost;
    const isNew = !hasOwnIdentity(world);
    const at = whereabouts(world);
    if (isNew) {
      secretsAhead();
      const { key, publicKey } = await generateKey('ML-KEM-768');
      try {
        const save = { replace: false, now: world.now() };
        if (at.store === 'keychain')
          await saveInKeychain(dir, placeOf(world, at.account), key, publicKey, save);
        else await saveLocked(dir, key, publicKey, save);
      } finally {
        wipe(key.bytes);
      }
    } else if (!existsInStore(`${dir}/${RECIPIENT_FILE}`)) {
      await withIdentity(world, async (key) =>
        writeRecipient(dir, key.alg, await publicKeyOf(key), world.now()),
      );
    }
    return isNew;
  });
}

async function initBundle(world: World, path: string, label: string): Promise<boolean> {
  return withWriteLock(path, async (held) => {
    if (findBundle(path) !== undefined) return false;
    await begin(world, path, 'v2', held, async () => undefined, label);
    return true;
  });
}

async function initProfiles(path: string): Promise<boolean> {
  return withWriteLock(path, async () => {
    if (existsInStore(path)) return false;
    writeStoreFile(path, utf8(PROFILES), { mode: 0o600 });
    return true;
  });
}
