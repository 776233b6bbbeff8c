/** When the keychain is asked for this user's private key, for which entry, and what is said when it does not give it. */
import { isLaunchLine } from '../cli.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { utf8 } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { fileStoreKind, hasFileIdentity } from '../identity/file-store.ts';
import { keychainOf } from '../identity/keychain.ts';
import { isAccount, readRecord } from '../identity/keychain-record.ts';
import { hasSecretTool } from '../identity/keychain-secret-tool.ts';
import { entryName, type Place, readEntry } from '../identity/keychain-write.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { wantsKeychain } from './access.ts';

export const ACCOUNT = 'pqc-secrets-key';
/** What older stores used. */
export const OLDER_ACCOUNT = 'default';
/** Under this name `world.heard` has what a launch is to say of the keychain (notices.ts). */
const FAILED = 'keychain-failure';
const KEYCHAIN_NOTICE = 'keychain-notice';

/** The account that the variables name, the first one that is set. A Fault `usage` for what is none. */
export function accountNamed(world: World, ...names: readonly string[]): string | undefined {
  const name = names.find((candidate) => (world.env(candidate) ?? '') !== '');
  if (name === undefined) return undefined;
  const account = world.env(name);
  if (isAccount(account)) return account;
  throw new Fault('usage', `${name} is no account: it takes up to 255 letters, digits and signs`, {
    hint: `unset ${name}`,
  });
}

/** Where the identity is. Nobody is asked. */
export type Whereabouts =
  | { readonly store: 'none' | 'file' | 'passphrase' }
  | {
      readonly store: 'keychain';
      readonly account: string;
      /** What is used where PQC_USE_KEYCHAIN is set and the keychain does not give it. */
      readonly otherwise: 'none' | 'file' | 'passphrase';
    };

/** Of an identity that does not come with the call. Faults `identity` and `store` for files that are broken. */
export function whereabouts(world: World): Whereabouts {
  const dir = configDir(world.env);
  const kind = fileStoreKind(dir);
  if (kind !== 'none' && !wantsKeychain(world)) return { store: kind };
  const recorded = readRecord(dir).account;
  if (recorded === undefined && !wantsKeychain(world)) return { store: 'none' };
  return { store: 'keychain', account: recorded ?? newAccount(world), otherwise: kind };
}

/** The account for an identity that comes into the keychain. */
export function newAccount(world: World): string {
  return accountNamed(world, 'PQC_KEYCHAIN_ACCOUNT') ?? ACCOUNT;
}

export function placeOf(world: World, account: string): Place {
  return { keychain: keychainOf(world.environ), account };
}

/**
 * The private key from the keychain; undefined where it does not give one and the file store is to be used instead, which
 * is said. Where there is no other, what is wrong is a Fault `identity`.
 */
export function keyInKeychain(world: World): PrivateKey | undefined {
  const found = whereabouts(world);
  if (found.store !== 'keychain') return undefined;
  const { account, otherwise } = found;
  if (otherwise === 'none') return requireEntry(world, account);
  try {
    return requireEntry(world, account);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    fellBack(world, error.message);
    return undefined;
  }
}

/**
 * The private key of the entry. A Fault `identity` where there is none. What is wrong is not asked for again: a keychain
 * that does not answer takes seconds.
 */
export function requireEntry(world: World, account: string): PrivateKey {
  const before = world.heard.get(FAILED);
  if (before !== undefined) {
    const { code, message, hint } = JSON.parse(new TextDecoder().decode(before));
    throw new Fault(code, message, { hint });
  }
  try {
    const key = readEntry(placeOf(world, account));
    if (key !== undefined) return key;
    throw noEntry(world, account);
  } catch (error) {
    if (error instanceof Fault) {
      const { code, message, hint } = error;
      world.heard.set(FAILED, utf8(JSON.stringify({ code, message, hint })));
    }
    throw error;
  }
}

/** Where the identity really is, for a word that changes it: the keychain is asked where that is open. */
export function settledWhereabouts(world: World): Whereabouts {
  const found = whereabouts(world);
  if (found.store !== 'keychain' || readRecord(configDir(world.env)).account !== undefined) return found;
  const key = found.otherwise === 'none' ? readEntry(placeOf(world, found.account)) : keyInKeychain(world);
  if (key === undefined) return { store: found.otherwise };
  key.bytes.fill(0);
  return found;
}

/** Whether there is an identity already, for a word that would make one in `store`. */
export function hasOwnIdentity(world: World, store?: string): boolean {
  const dir = configDir(world.env);
  if (hasFileIdentity(dir) || readRecord(dir).account !== undefined) return true;
  return (store === undefined || store === 'keychain') && isInKeychain(world);
}

/** Whether there is an identity to be had from the keychain, asked only where nothing else says so. */
export function isInKeychain(world: World): boolean {
  return !hasFileIdentity(configDir(world.env)) && settledWhereabouts(world).store === 'keychain';
}

function noEntry(world: World, account: string): Fault {
  if (!seesAll())
    return new Fault(
      'identity',
      `the library of the keychain sees no entry ${entryName(account)}, and secret-tool, which sees others, is not there`,
      { hint: 'sudo apt-get install libsecret-tools' },
    );
  const older = accountNamed(world, 'PQC_KEYCHAIN_ACCOUNT_OLD') ?? OLDER_ACCOUNT;
  const isThere = older !== account && keychainOf(world.environ).read(older)?.fill(0) !== undefined;
  return new Fault('identity', `the keychain has no entry ${entryName(account)}`, {
    hint: isThere
      ? `${world.program} migrate   takes the one of the older account ${printable(older)}`
      : readRecord(configDir(world.env)).account === account
        ? `restore it from a backup; when it is lost, ${world.program} keygen --force   starts over`
        : `${world.program} keygen --store keychain`,
  });
}

function isLaunch({ shim, program, args }: World): boolean {
  return shim !== undefined || (program === 'pqx' && isLaunchLine(args));
}

/** Whether entries of every kind are found here. */
export function seesAll(): boolean {
  return process.platform !== 'linux' || hasSecretTool();
}

/** Once: by a word at once, by a launch with its other notices. */
function fellBack(world: World, why: string): void {
  if (world.heard.has(KEYCHAIN_NOTICE)) return;
  const notice = `${world.program}: the keychain was not used, but the file store: ${why}\n`;
  world.heard.set(KEYCHAIN_NOTICE, utf8(notice));
  if (!isLaunch(world) && world.unattended !== true) world.stderr.write(notice);
}
