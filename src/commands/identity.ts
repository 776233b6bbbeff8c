import type { GlobalOptions } from '../cli.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { fileStoreKind } from '../identity/file-store.ts';
import { protectLocked } from '../identity/file-store-write.ts';
import { keptFiles } from '../identity/kept.ts';
import { readRecord } from '../identity/keychain-record.ts';
import { entryName, keepOther, moveIntoKeychain, moveOutOfKeychain } from '../identity/keychain-write.ts';
import { readRecipient } from '../identity/recipient.ts';
import { withLock } from '../store/lock.ts';
import { configDir, MACHINE_KEK_FILE, RECIPIENT_FILE } from '../store/paths.ts';
import { existsInStore } from '../store/read.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { isInjected, requirePassphrase, withIdentity } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import {
  ACCOUNT,
  accountNamed,
  placeOf,
  settledWhereabouts,
  type Whereabouts,
  whereabouts,
} from './keychain.ts';
import { newPassphrase } from './passphrase.ts';
import { isUnlocked, lockingFormer } from './unlocked.ts';

/** `identity`: where the private key is. `identity --to STORE`: it goes there, and stays the same key. */
export async function identity(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { values } = readArguments('identity', args, { to: { type: 'string' } });
  if (values.to === undefined) return show(world);
  const to = storeNamed(values.to, 'pqx identity --to passphrase');
  if (isInjected(world)) {
    throw new Fault('identity', 'the identity comes with PQX_IDENTITY*, and this would move another', {
      hint: 'unset PQX_IDENTITY PQX_IDENTITY_FILE PQX_IDENTITY_FD',
    });
  }
  await move(world, to);
  await recordWord(world, options, { event: `identity --to ${to}` });
  return 0;
}

export type Store = 'file' | 'passphrase' | 'keychain';

/** The store of that name. A Fault `usage` for another. */
export function storeNamed(name: string, hint: string): Store {
  if (name === 'file' || name === 'passphrase' || name === 'keychain') return name;
  throw new Fault(
    'usage',
    `identities are kept in a \`file\`, under a \`passphrase\` or in the \`keychain\`, not in \`${name}\``,
    { hint },
  );
}

function show(world: World): number {
  if (isInjected(world)) {
    world.stdout.write('the identity comes with PQX_IDENTITY, PQX_IDENTITY_FILE or PQX_IDENTITY_FD\n');
    return 0;
  }
  const dir = configDir(world.env);
  const at = whereabouts(world);
  if (at.store === 'none')
    throw new Fault('identity', `there is no identity in ${dir}`, { hint: `${world.program} keygen` });
  const place = at.store === 'keychain' ? 'the keychain' : printable(dir);
  world.stdout.write(
    `${algorithmOf(dir)}identity in ${place}, ${howKept(dir, at)}\n${formerNote(dir, 'kept')}`,
  );
  return 0;
}

function howKept(dir: string, at: Whereabouts): string {
  switch (at.store) {
    case 'keychain':
      return `as ${entryName(at.account)}${at.otherwise === 'none' ? '' : '; where that does not give it, in the file store'}`;
    case 'passphrase':
      return `under a passphrase${isUnlocked(dir) ? ', unlocked' : ''}`;
    default:
      return 'in the file store';
  }
}

function formerNote(dir: string, what: string): string {
  const former = keptFiles(dir).length + readRecord(dir).former.length;
  return former === 0
    ? ''
    : `${counted(former, 'former private key')} ${what}: pqx rotate --purge   removes what is no more needed\n`;
}

function algorithmOf(dir: string): string {
  try {
    return `${readRecipient(`${dir}/${RECIPIENT_FILE}`).alg} `;
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** All that is asked for is asked before the lock is taken. */
async function move(world: World, to: Store): Promise<void> {
  const dir = configDir(world.env);
  await requirePassphrase(world);
  const at = settledWhereabouts(world);
  const recorded = at.store === 'keychain' ? at.account : readRecord(dir).account;
  // What completes a move that was cut short changes no passphrase.
  const change = fileStoreKind(dir) === 'passphrase' && recorded === undefined && !hasLeftKek(dir);
  const passphrase = to === 'passphrase' ? await newPassphrase(world, change) : undefined;
  const account = accountNamed(world, 'PQC_KEYCHAIN_ACCOUNT') ?? recorded ?? ACCOUNT;
  await lockingFormer(dir, () =>
    withLock(dir, () =>
      withIdentity(world, async (key) => {
        // Where the keychain comes first, another key may lie in the file store.
        if (at.store === 'keychain') await keepOther(dir, key);
        if (to === 'keychain') await moveIntoKeychain(dir, placeOf(world, account), key);
        else if (recorded === undefined) await protectLocked(dir, key, passphrase);
        else await moveOutOfKeychain(dir, placeOf(world, recorded), key, passphrase);
      }),
    ),
  );
  world.stderr.write(`${saidOf(dir, to, account)}\n${formerNote(dir, 'stayed as it was')}`);
}

/** A `machine.kek` that nothing is under any more, as a move leaves it that was cut short. */
function hasLeftKek(dir: string): boolean {
  return existsInStore(`${dir}/${MACHINE_KEK_FILE}`) && keptFiles(dir).length === 0;
}

function saidOf(dir: string, to: Store, account: string): string {
  switch (to) {
    case 'keychain':
      return `the identity of ${printable(dir)} is now in the keychain, as ${entryName(account)}`;
    case 'passphrase':
      return `the identity in ${printable(dir)} is now under a passphrase`;
    case 'file':
      return `the identity in ${printable(dir)} is now in the file store`;
  }
}
