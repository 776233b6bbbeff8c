/** Checks of the config directory: who may read and write what is in it, and whether the halves of the identity are there. */
import { keptFiles } from '../identity/kept.ts';
import { readRecord } from '../identity/keychain-record.ts';
import { TRUST_FILE } from '../profile/trust.ts';
import {
  KEYCHAIN_FILE,
  KNOWN_FILE,
  MACHINE_KEK_FILE,
  PRIVATE_KEY_FILE,
  PROFILES_FILE,
  RECIPIENT_FILE,
} from '../store/paths.ts';
import { existsInStore, FILE_LIMIT, type Policy, readStoreFile } from '../store/read.ts';
import { type Check, type Finding, findingOf, type Patient } from './doctor.ts';

const KEY_FILES = [PRIVATE_KEY_FILE, MACHINE_KEK_FILE];
const TRUSTED_FILES = [RECIPIENT_FILE, PROFILES_FILE, KNOWN_FILE, KEYCHAIN_FILE, TRUST_FILE];

export const STORE_CHECKS: readonly Check[] = [
  { topic: 'store', look: permissions },
  { topic: 'identity', look: halves },
];

function permissions({ directory }: Patient): readonly Finding[] {
  if (!existsInStore(directory)) {
    return [{ level: 'note', topic: 'store', message: `there is no ${directory} yet`, hint: 'pqx keygen' }];
  }
  const findings = [
    ...[...KEY_FILES, ...keptFiles(directory)].flatMap((name) => refused(`${directory}/${name}`, 'key')),
    ...TRUSTED_FILES.flatMap((name) => refused(`${directory}/${name}`, 'trusted')),
  ];
  if (findings.length > 0) return together(findings);
  return [{ level: 'ok', topic: 'store', message: `${directory}: nobody else can change what is in it` }];
}

function refused(path: string, policy: Policy): readonly Finding[] {
  if (!existsInStore(path)) return [];
  try {
    readStoreFile(path, policy, FILE_LIMIT).fill(0);
    return [];
  } catch (error) {
    return [findingOf('store', error)];
  }
}

/** As few findings as it takes: what is said once of the directory, and files that one chmod mends. */
function together(findings: readonly Finding[]): readonly Finding[] {
  const merged: Finding[] = [];
  for (const finding of findings) {
    const [, command = '', paths = ''] = /^(chmod \S+) (.+)$/.exec(finding.hint ?? '') ?? [];
    const at = merged.findIndex(({ hint = '' }) => command !== '' && hint.startsWith(`${command} `));
    const like = merged[at];
    if (merged.some(({ message }) => message === finding.message)) continue;
    if (like === undefined) merged.push(finding);
    else
      merged[at] = { ...like, message: `${like.message}; ${finding.message}`, hint: `${like.hint} ${paths}` };
  }
  return merged;
}

/** The private key and what it is encrypted under: one without the other opens nothing. */
function halves({ directory }: Patient): readonly Finding[] {
  const key = existsInStore(`${directory}/${PRIVATE_KEY_FILE}`);
  const kek = existsInStore(`${directory}/${MACHINE_KEK_FILE}`);
  // Former private keys may still be under it while this one is in the keychain.
  if (!kek || key || readRecord(directory).account !== undefined) return [];
  return [
    {
      level: 'wrong',
      topic: 'identity',
      message: `${MACHINE_KEK_FILE} is there and ${PRIVATE_KEY_FILE} is not: nothing opens`,
      hint: 'pqx keygen   makes a new one, where no backup has the former',
    },
  ];
}
