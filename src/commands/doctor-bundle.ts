/** Checks of the bundles: what they are, whether they open for this identity, and whether they are the expected ones. */
import { openBundle } from '../bundle/open.ts';
import { clearNames } from '../bundle/read.ts';
import type { Bundle } from '../bundle/types.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { existsInStore } from '../store/read.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { bundlePath, findBundle, hasIdentity, withIdentityFor } from './access.ts';
import { bundleLine } from './again.ts';
import { type Check, type Finding, findingOf, type Patient } from './doctor.ts';
import { backupPath } from './edit.ts';
import { type Rollback, requireKnown } from './known.ts';

const TOPIC = 'bundle';

export const BUNDLE_CHECKS: readonly Check[] = [{ topic: TOPIC, look: bundles }];

/** The bundle that is named, or else those that the profile files that count lead to. */
function bundlePaths({ world, options, files }: Patient): readonly string[] {
  const settings = files.length === 0 ? [undefined] : files.map((file) => file.settings.bundle);
  return [...new Set(settings.map((fromSettings) => bundlePath(world, options, fromSettings)))];
}

async function bundles(patient: Patient): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const path of bundlePaths(patient)) found.push(...(await everythingOf(path, patient)));
  return found;
}

async function everythingOf(path: string, patient: Patient): Promise<readonly Finding[]> {
  const { world } = patient;
  try {
    const bundle = findBundle(path);
    if (bundle === undefined) return [missing(world, path)];
    const findings = [
      await opening(path, bundle, patient),
      ...ofOlderFormat(world, path, bundle),
      ...backup(path),
    ];
    return findings.flat();
  } catch (error) {
    return [findingOf(TOPIC, error)];
  }
}

function missing(world: World, path: string): Finding {
  const message = `there is no bundle at ${path}`;
  return { level: 'note', topic: TOPIC, message, hint: bundleLine(world, path, 'init') };
}

function described(path: string, bundle: Bundle): string {
  const names = clearNames(bundle);
  return `${path} (${bundle.format}${names === undefined ? '' : `, ${counted(names.length, 'key')}`})`;
}

/** All of it is decrypted, and at once forgotten. */
async function opening(path: string, bundle: Bundle, { world, files }: Patient): Promise<readonly Finding[]> {
  const what = described(path, bundle);
  const untried = { level: 'note', topic: TOPIC } as const;
  if (!(await hasIdentity(world)))
    return [{ ...untried, message: `${what} was not tried: there is no identity`, hint: 'pqx keygen' }];
  let hasKey = false;
  try {
    return await withIdentityFor(world, bundle, async (key) => {
      hasKey = true;
      wipeValues(await openBundle(bundle, key, 'all', path));
      const rollback = files.at(-1)?.settings.rollback;
      return [
        { level: 'ok', topic: TOPIC, message: `${what} opens` },
        ...older(world, path, bundle, key, rollback),
      ];
    });
  } catch (error) {
    if (hasKey || !(error instanceof Fault)) return [findingOf(TOPIC, error)];
    // What is wrong with the identity is said by its own check.
    const why = error.code === 'unsafe' ? 'others could change the identity' : error.message;
    return [
      { ...untried, message: `${what} was not tried: ${why}`, hint: bundleLine(world, path, 'verify') },
    ];
  }
}

/** Throws for another bundle than the one that is expected; one that is older may be as it should. */
function older(
  world: World,
  path: string,
  bundle: Bundle,
  key: PrivateKey,
  rollback: Rollback | undefined,
): readonly Finding[] {
  if (requireKnown(world, path, bundle, key).notice === undefined) return [];
  try {
    requireKnown(world, path, bundle, key, 'refuse');
    return [];
  } catch (error) {
    const finding = findingOf(TOPIC, error);
    return [rollback === 'refuse' ? finding : { ...finding, level: 'note' }];
  }
}

function ofOlderFormat(world: World, path: string, bundle: Bundle): readonly Finding[] {
  if (bundle.format === 'v2') return [];
  const message = 'a bundle of the older format opens whole for every launch, and cannot tell a replacement';
  return [
    { level: 'note', topic: TOPIC, message, hint: bundleLine(world, path, 'migrate --bundle-format v2') },
  ];
}

/** What was removed or changed last is still in there. */
function backup(path: string): readonly Finding[] {
  const kept = backupPath(path);
  if (!existsInStore(kept)) return [];
  const message = `${kept} keeps the values from before the last change`;
  return [{ level: 'ok', topic: TOPIC, message, hint: `rm ${shellWord(kept)}` }];
}
