import { join } from 'node:path';
import type { Bundle } from '../bundle/types.ts';
import type { GlobalOptions } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { missingKek } from '../identity/file-store.ts';
import { keptFiles } from '../identity/kept.ts';
import { readRecord } from '../identity/keychain-record.ts';
import { readRecipient } from '../identity/recipient.ts';
import { findProject } from '../profile/discover.ts';
import { configDir, RECIPIENT_FILE } from '../store/paths.ts';
import type { World } from '../world.ts';
import { bundlePath, findBundle, isInjected } from './access.ts';
import { readArguments } from './arguments.ts';
import { whereabouts } from './keychain.ts';
import { profilesPath, readProfiles } from './profile-files.ts';
import { isUnlocked } from './unlocked.ts';
import { versionText } from './version.ts';

/** One thing that is there, is missing, or is wrong. Members that are not known are left out. */
interface Part {
  readonly state: 'ok' | 'missing' | 'wrong';
  readonly path?: string;
  readonly problem?: string;
  readonly [detail: string]: unknown;
}

/** `status [--json]`: where things are and in what state. Never fails, never asks, opens nothing. */
export async function status(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('status', args, { json: { type: 'boolean' } });
  const profiles = await profilesPart(world, options);
  const report = {
    version: versionText(),
    config: part(() => ({ state: 'ok', path: configDir(world.env) })),
    identity: part(() => identityPart(world)),
    bundle: part(() =>
      bundlePart(world, options, typeof profiles['bundle'] === 'string' ? profiles['bundle'] : undefined),
    ),
    profiles,
    project: part(() => projectPart(world)),
  };
  world.stdout.write(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : text(report));
  return 0;
}

function part(look: () => Part): Part {
  try {
    return look();
  } catch (error) {
    return problemPart(error);
  }
}

function problemPart(error: unknown): Part {
  return { state: 'wrong', problem: error instanceof Fault ? error.message : 'it cannot be read' };
}

function identityPart(world: World): Part {
  const dir = configDir(world.env);
  const path = join(dir, RECIPIENT_FILE);
  const at = isInjected(world) ? ({ store: 'injected' } as const) : whereabouts(world);
  const former = keptFiles(dir).length + readRecord(dir).former.length;
  const lost = at.store === 'file' ? missingKek(dir) : undefined;
  const found = {
    state: at.store === 'none' ? 'missing' : lost === undefined ? 'ok' : 'wrong',
    path: dir,
    store: at.store,
    ...(at.store === 'keychain' ? { account: at.account } : {}),
    ...(at.store === 'keychain' && at.otherwise !== 'none' ? { otherwise: at.otherwise } : {}),
    ...(at.store === 'passphrase' ? { unlocked: isUnlocked(dir) } : {}),
    ...(lost === undefined ? {} : { problem: lost.message }),
    ...(former === 0 ? {} : { former }),
  } as const;
  try {
    const { alg, publicKey } = readRecipient(path);
    return { ...found, alg, public_key_sha3_256: hexEncode(sha3_256(publicKey)) };
  } catch (error) {
    if (isMissing(error)) return found;
    throw error;
  }
}

/** The project file of the working directory; `trust` is `trusted`, `new`, `changed` or `refused`. */
function projectPart(world: World): Part {
  const project = findProject(world.cwd, world.env('HOME'), configDir(world.env));
  if (project === undefined) return { state: 'missing' };
  const { path, standing: trust } = project;
  return trust === 'refused'
    ? { state: 'wrong', path, trust, problem: project.fault.message }
    : { state: 'ok', path, trust };
}

function bundlePart(world: World, options: GlobalOptions, fromSettings: string | undefined): Part {
  const path = bundlePath(world, options, fromSettings);
  try {
    const bundle = findBundle(path);
    if (bundle === undefined) return { state: 'missing', path };
    return { state: 'ok', path, format: bundle.format, ...bundleDetails(bundle) };
  } catch (error) {
    return { ...problemPart(error), path };
  }
}

/** What can be said without the private key. Nothing of it is proved. */
function bundleDetails(bundle: Bundle): Readonly<Record<string, unknown>> {
  switch (bundle.format) {
    case 'v1':
      return bundle.recipientHash === undefined ? {} : { recipients: [bundle.recipientHash] };
    case 'v1-single':
      return {};
    case 'v2':
      return {
        revision: bundle.revision,
        updated_utc: bundle.updatedUtc,
        keys: bundle.names.length,
        recipients: bundle.recipients.map(({ label }) => label),
      };
  }
}

async function profilesPart(world: World, options: GlobalOptions): Promise<Part> {
  try {
    const path = profilesPath(world, options).path;
    const file = await readProfiles(world, options);
    if (file === undefined) return { state: 'missing', path };
    const { bundle } = file.settings;
    return { state: 'ok', path, profiles: file.profiles.length, ...(bundle === undefined ? {} : { bundle }) };
  } catch (error) {
    return problemPart(error);
  }
}

function text(report: Readonly<Record<string, string | Part>>): string {
  const lines = Object.entries(report).map(([name, value]) => {
    if (typeof value === 'string') return `${name.padEnd(10)}${value}`;
    const { state, path, problem, ...details } = value;
    const more = Object.entries(details).map(([detail, what]) => `${detail} ${String(what)}`);
    return `${name.padEnd(10)}${[state, ...(path === undefined ? [] : [path]), ...more, ...(problem === undefined ? [] : [problem])].map(printable).join('  ')}`;
  });
  return `${lines.join('\n')}\n`;
}
