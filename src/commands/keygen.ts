import { isAbsolute, join } from 'node:path';
import { secretsAhead } from '#system';
import type { GlobalOptions } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { generateKey, type KemAlgorithm } from '../crypto/kem.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { missingKek } from '../identity/file-store.ts';
import { saveFileIdentity } from '../identity/file-store-write.ts';
import { entryName, type Place, saveInKeychain, saveInsteadOfKeychain } from '../identity/keychain-write.ts';
import { recipientText } from '../identity/recipient.ts';
import { shellWord } from '../quote.ts';
import { withLock } from '../store/lock.ts';
import { configDir } from '../store/paths.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { noticeText } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { findBundle, soundBundle } from './access.ts';
import { bundleLine } from './again.ts';
import { refuseToPrint } from './agent.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { type Store, storeNamed } from './identity.ts';
import { isForKept } from './kept-identity.ts';
import {
  hasOwnIdentity,
  newAccount,
  placeOf,
  settledWhereabouts,
  type Whereabouts,
  whereabouts,
} from './keychain.ts';
import { newPassphrase } from './passphrase.ts';
import { wordBundlePath } from './profile-files.ts';
import { lockingFormer } from './unlocked.ts';

const OPTIONS = {
  alg: { type: 'string' },
  store: { type: 'string' },
  stdout: { type: 'boolean' },
  pub: { type: 'string' },
  force: { type: 'boolean' },
  reveal: { type: 'boolean' },
} as const;

/** `keygen`: a new identity in the file store, or with `--stdout` a seed for somebody else's secret store. */
export async function keygen(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('keygen', args, OPTIONS);
  const alg = algorithm(values.alg ?? 'ML-KEM-768');
  const store =
    values.store === undefined ? undefined : storeNamed(values.store, 'pqx keygen --store passphrase');
  secretsAhead();
  if (values.stdout === true) return printSeed(world, alg, values.pub, values.reveal === true);
  if (values.pub !== undefined)
    throw new Fault('usage', '--pub goes with --stdout', { hint: 'pqx help keygen' });
  return storeIdentity(world, options, { alg, store, force: values.force === true });
}

function algorithm(text: string): KemAlgorithm {
  if (text === 'ML-KEM-768' || text === 'ML-KEM-1024') return text;
  throw new Fault('usage', `unknown algorithm ${text}`, {
    hint: 'pqx keygen --alg ML-KEM-768   or ML-KEM-1024',
  });
}

interface Wanted {
  readonly alg: KemAlgorithm;
  /** Undefined: where the former one is. */
  readonly store: Store | undefined;
  readonly force: boolean;
}

async function storeIdentity(
  world: World,
  options: GlobalOptions,
  { alg, store, force }: Wanted,
): Promise<number> {
  const dir = configDir(world.env);
  const replace = hasOwnIdentity(world, store);
  const lost = missingKek(dir);
  if (replace && !force) throw lost ?? (await refusal(world, options, dir));
  const at = replace ? settledWhereabouts(world) : whereabouts(world);
  const to = store ?? (at.store === 'none' ? 'file' : at.store);
  const passphrase = to === 'passphrase' ? await newPassphrase(world) : undefined;
  const { key, publicKey } = await generateKey(alg);
  const save = { replace: replace || force, startOver: force, now: world.now(), passphrase };
  try {
    ensureStoreDirectory(dir);
    await lockingFormer(dir, () => {
      if (to === 'keychain')
        return withLock(dir, () => saveInKeychain(dir, keychainPlace(world, at), key, publicKey, save));
      if (at.store !== 'keychain' || !replace) return saveFileIdentity(dir, key, publicKey, save);
      const former = placeOf(world, at.account);
      return withLock(dir, () => saveInsteadOfKeychain(dir, former, key, publicKey, save));
    });
  } finally {
    wipe(key.bytes);
  }
  await recordWord(world, options, { event: 'keygen' });
  world.stderr.write(
    to === 'keychain'
      ? `${alg} identity in the keychain, as ${entryName(keychainPlace(world, at).account)}\n`
      : `${alg} identity in ${dir}${passphrase === undefined ? '' : ', under a passphrase'}\n`,
  );
  if (lost !== undefined)
    world.stderr.write(
      'the former private key is kept as a backup; only its own machine.kek would open it\n',
    );
  await sayWhatStaysClosed(world, options, lost !== undefined);
  return 0;
}

async function refusal(world: World, options: GlobalOptions, dir: string): Promise<Fault> {
  const path = await wordBundlePath(world, options);
  const needed = findBundle(path) !== undefined;
  return new Fault(
    'identity',
    needed ? `there is an identity in ${dir}, and ${path} needs it` : `there is an identity in ${dir}`,
    {
      hint: needed
        ? `${world.program} rotate   makes a new one and encrypts the bundle for it`
        : `${world.program} keygen --force   replaces it and keeps a backup`,
    },
  );
}

/** A bundle that was for a lost private key alone opens no more; one with other recipients opens for them. */
async function sayWhatStaysClosed(world: World, options: GlobalOptions, isLost: boolean): Promise<void> {
  const path = await bundleOrNowhere(world, options);
  const bundle = path === undefined ? undefined : soundBundle(path);
  if (path === undefined || bundle === undefined || (!isLost && isForKept(world, bundle))) return;
  world.stderr.write(
    noticeText(
      `${path} is for another identity; one of its recipients can let this one in (pqx recipients add), or an empty one takes its place`,
      `mv ${shellWord(path)} ${shellWord(`${path}.former`)} && ${bundleLine(world, path, 'init')}`,
    ),
  );
}

/** The identity has been made: a profile file that is broken is no failure of that. */
async function bundleOrNowhere(world: World, options: GlobalOptions): Promise<string | undefined> {
  try {
    return await wordBundlePath(world, options);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function keychainPlace(world: World, at: Whereabouts): Place {
  return placeOf(world, at.store === 'keychain' ? at.account : newAccount(world));
}

/** A 1024 seed has the length of a 768 one and never goes without its algorithm (FORMAT, private key). */
async function printSeed(
  world: World,
  alg: KemAlgorithm,
  pub: string | undefined,
  reveal: boolean,
): Promise<number> {
  if (pub === undefined) {
    throw new Fault('usage', '--stdout needs --pub FILE, where the public key goes', {
      hint: 'pqx keygen --stdout --pub recipient.pub',
    });
  }
  const again = `${world.program} keygen${alg === 'ML-KEM-768' ? '' : ` --alg ${alg}`} --stdout --pub ${shellWord(pub)} --reveal`;
  refuseToPrint(world, reveal, 'keygen', again, { terminalOnly: false });
  const { key, publicKey } = await generateKey(alg);
  try {
    const path = isAbsolute(pub) ? pub : join(world.cwd, pub);
    writeStoreFile(path, recipientText(alg, publicKey, world.now()), { mode: 0o644 });
    world.stdout.write(`${alg === 'ML-KEM-1024' ? 'ML-KEM-1024:' : ''}${hexEncode(key.bytes)}\n`);
  } finally {
    wipe(key.bytes);
  }
  return 0;
}
