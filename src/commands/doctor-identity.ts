/** Checks of the identity: where the private key is, who could read it there, and what opens when it is lost. Asks for no passphrase. */
import { factsOf } from '#system';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { keptFiles } from '../identity/kept.ts';
import { readRecord } from '../identity/keychain-record.ts';
import { entryName } from '../identity/keychain-write.ts';
import { shellWord } from '../quote.ts';
import { absoluteIn, MACHINE_KEK_FILE, PRIVATE_KEY_FILE } from '../store/paths.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { bundlePath, isInjected, soundBundle } from './access.ts';
import { type Check, type Finding, findingOf, type Patient } from './doctor.ts';
import { requireEntry, seesAll, type Whereabouts, whereabouts as whereIsIt } from './keychain.ts';
import { ownRecipient } from './own-recipient.ts';
import { isUnasked } from './passphrase.ts';
import { isUnlocked } from './unlocked.ts';

export const IDENTITY_CHECKS: readonly Check[] = [
  { topic: 'identity', look: whereabouts },
  { topic: 'identity', look: former },
  { topic: 'identity', look: otherRecipients },
];

async function whereabouts({ world, directory }: Patient): Promise<readonly Finding[]> {
  if (isInjected(world)) {
    const ok: Finding = { ...OK, message: 'it comes with the call, by PQX_IDENTITY*' };
    const file = injectedFile(world);
    return [ok, ...file, ...(file.some(isWrong) ? [] : await usable(world))];
  }
  const at = whereIsIt(world);
  if (at.store === 'none') return [];
  const said = at.store === 'keychain' ? inKeychain(world, at) : cutShort(directory);
  const wrong = said.some(isWrong) ? [] : await usable(world);
  const used = at.store !== 'keychain' ? at.store : said.some(isOk) ? 'keychain' : at.otherwise;
  if (wrong.length > 0 || used === 'none' || used === 'keychain') return [...said, ...wrong];
  return [
    ...said,
    used === 'passphrase'
      ? {
          ...OK,
          message: `${directory}/${PRIVATE_KEY_FILE} is under a passphrase${isUnlocked(directory) ? ', and unlocked until pqx lock' : ''}`,
        }
      : {
          ...OK,
          message: `${PRIVATE_KEY_FILE} and ${MACHINE_KEK_FILE} lie side by side: who reads both has the private key`,
          hint: 'pqx identity --to passphrase',
        },
  ];
}

/** Whether the keychain answers, and has the entry. Where the file store stands in for it, it is only said. */
function inKeychain(world: World, at: Whereabouts & { readonly store: 'keychain' }): readonly Finding[] {
  try {
    wipe(requireEntry(world, at.account).bytes);
    return [{ ...OK, message: `it is in the keychain, as ${entryName(at.account)}` }, ...writing()];
  } catch (error) {
    const finding = findingOf('identity', error);
    if (at.otherwise === 'none') return [finding];
    return [{ ...finding, level: 'note', message: `${finding.message}; the file store is used instead` }];
  }
}

function writing(): readonly Finding[] {
  if (seesAll()) return [];
  const message = 'secret-tool is not there, by which pqx makes new entries in the keychain';
  return [{ level: 'note', topic: 'identity', message, hint: 'sudo apt-get install libsecret-tools' }];
}

/** The file store is used where both are there, as after a move that was cut short. */
function cutShort(directory: string): readonly Finding[] {
  if (readRecord(directory).account === undefined) return [];
  const message = `${PRIVATE_KEY_FILE} is used, and keychain.json says that the identity is in the keychain: a move was cut short`;
  return [{ level: 'note', topic: 'identity', message, hint: 'pqx identity --to keychain   or --to file' }];
}

/** What keeps the private key from being used, and whether `recipient.pub` is its own; nothing where a question is needed. */
async function usable(world: World): Promise<readonly Finding[]> {
  try {
    await ownRecipient(world);
    return [];
  } catch (error) {
    if (isUnasked(error)) return [];
    // Who may read or write the files is said by the check of the store.
    return error instanceof Fault && error.code === 'unsafe' ? [] : [findingOf('identity', error)];
  }
}

function isOk({ level }: Finding): boolean {
  return level === 'ok';
}

function isWrong({ level }: Finding): boolean {
  return level === 'wrong' || level === 'unsafe';
}

/** Identities that were rotated away still open older copies of the bundle. */
function former({ directory }: Patient): readonly Finding[] {
  const kept = keptFiles(directory).length + readRecord(directory).former.length;
  if (kept === 0) return [];
  const message = `${counted(kept, 'former private key')} kept, for bundles that are still for one`;
  return [{ level: 'note', topic: 'identity', message, hint: 'pqx rotate --purge' }];
}

/** What stands in for a backup of the private key: another one that opens the bundle, kept elsewhere. */
function otherRecipients({ world, options, files }: Patient): readonly Finding[] {
  if (isInjected(world) || whereIsIt(world).store === 'none') return [];
  const path = bundlePath(world, options, files[0]?.settings.bundle);
  const bundle = soundBundle(path);
  if (bundle?.format !== 'v2' || bundle.recipients.length > 1) return [];
  const message = `only one private key opens ${path}: when it is lost, so is all that is in there`;
  const hint =
    'pqx keygen --stdout --pub backup.pub | cat   prints one for a safe place; pqx recipients add backup.pub --label backup   lets it in';
  return [{ level: 'note', topic: 'identity', message, hint }];
}

const OK = { level: 'ok', topic: 'identity' } as const;

/** Secrets of containers are 0444, so this is no reason to refuse one. */
function injectedFile(world: World): readonly Finding[] {
  const named = world.env('PQX_IDENTITY_FILE');
  if (named === undefined) return [];
  const path = absoluteIn(world.cwd, named);
  const facts = factsOf(path);
  if (typeof facts === 'string') {
    const message = `${path}, which PQX_IDENTITY_FILE names, cannot be read (${facts})`;
    return [{ level: 'wrong', topic: 'identity', message, hint: 'unset PQX_IDENTITY_FILE' }];
  }
  if ((facts.mode & 0o077) === 0) return [];
  const message = `others can read or write ${path}, which PQX_IDENTITY_FILE names`;
  return [{ level: 'note', topic: 'identity', message, hint: `chmod 600 ${shellWord(path)}` }];
}
