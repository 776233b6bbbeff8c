/** Checks of the config directory: who may read and write what is in it, and whether the halves of the identity are there. */
import { clearNames } from '../bundle/read.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE, PROFILES_FILE, RECIPIENT_FILE } from '../store/paths.ts';
import { existsInStore, FILE_LIMIT, type Policy, readStoreFile } from '../store/read.ts';
import { counted } from '../terminal/report.ts';
import { bundlePath, findBundle } from './access.ts';
import type { Check, Finding, Patient } from './doctor.ts';
import { findingOf } from './doctor.ts';

const FILES: readonly { readonly name: string; readonly policy: Policy }[] = [
  { name: PRIVATE_KEY_FILE, policy: 'key' },
  { name: MACHINE_KEK_FILE, policy: 'key' },
  { name: RECIPIENT_FILE, policy: 'trusted' },
  { name: PROFILES_FILE, policy: 'trusted' },
];

export const STORE_CHECKS: readonly Check[] = [
  { topic: 'store', look: permissions },
  { topic: 'identity', look: halves },
  { topic: 'bundle', look: bundle },
];

function permissions({ directory }: Patient): readonly Finding[] {
  if (!existsInStore(directory)) {
    return [{ level: 'note', topic: 'store', message: `there is no ${directory} yet`, hint: 'pqx keygen' }];
  }
  const findings = FILES.flatMap(({ name, policy }): readonly Finding[] => {
    const path = `${directory}/${name}`;
    if (!existsInStore(path)) return [];
    try {
      readStoreFile(path, policy, FILE_LIMIT).fill(0);
      return [];
    } catch (error) {
      return [findingOf('store', error)];
    }
  });
  if (findings.length > 0) return findings;
  return [{ level: 'ok', topic: 'store', message: `${directory}: nobody else can change what is in it` }];
}

/** The private key and what it is encrypted under: one without the other opens nothing. */
function halves({ directory }: Patient): readonly Finding[] {
  const key = existsInStore(`${directory}/${PRIVATE_KEY_FILE}`);
  const kek = existsInStore(`${directory}/${MACHINE_KEK_FILE}`);
  if (kek && !key) {
    return [
      {
        level: 'wrong',
        topic: 'identity',
        message: `${MACHINE_KEK_FILE} is there and ${PRIVATE_KEY_FILE} is not: nothing opens`,
        hint: 'pqx keygen   makes a new one, where no backup has the former',
      },
    ];
  }
  return [];
}

function bundle({ world, options, files }: Patient): readonly Finding[] {
  const path = bundlePath(world, options, files[0]?.settings.bundle);
  const found = findBundle(path);
  if (found === undefined)
    return [
      {
        level: 'note',
        topic: 'bundle',
        message: `there is no bundle at ${path}`,
        hint: 'pqx pack < keys.env',
      },
    ];
  const names = clearNames(found);
  const keys = names === undefined ? '' : `, ${counted(names.length, 'key')}`;
  const looked: Finding = { level: 'ok', topic: 'bundle', message: `${path} (${found.format}${keys})` };
  if (found.format === 'v2') return [looked];
  return [
    looked,
    {
      level: 'note',
      topic: 'bundle',
      message: 'a bundle of the older format opens whole for every launch, and cannot tell a replacement',
      hint: 'pqx migrate --bundle-format v2',
    },
  ];
}
