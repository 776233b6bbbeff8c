/**
 * `doctor [--json]`: looks at everything that a launch rests on and says what to mend. Asks nothing, and keeps nothing of
 * what it opens.
 * Each topic has its own file of checks.
 */
import type { GlobalOptions } from '../cli.ts';
import { Fault, placeText, printable } from '../fault.ts';
import type { Project } from '../profile/discover.ts';
import type { ProfileFile } from '../profile/types.ts';
import { configDir } from '../store/paths.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { BUNDLE_CHECKS } from './doctor-bundle.ts';
import { CONTAINER_CHECKS } from './doctor-containers.ts';
import { IDENTITY_CHECKS } from './doctor-identity.ts';
import { PROFILE_CHECKS } from './doctor-profiles.ts';
import { SHIM_CHECKS } from './doctor-shims.ts';
import { STORE_CHECKS } from './doctor-store.ts';
import { readSources } from './profile-files.ts';

export interface Finding {
  /** `unsafe` and `wrong` must be mended; `note` is worth knowing; `ok` was looked at. */
  readonly level: 'ok' | 'note' | 'wrong' | 'unsafe';
  /** What it is about, in one word: `store`, `profiles`, `shims`. */
  readonly topic: string;
  /** As of a Fault. */
  readonly message: string;
  readonly hint?: string;
}

export interface Patient {
  readonly world: World;
  readonly options: GlobalOptions;
  /** The config directory. */
  readonly directory: string;
  /** The profile files that count; none where one is missing or broken. */
  readonly files: readonly ProfileFile[];
}

/** What is found, in the order in which it is to be read. A Fault that it throws becomes a finding. */
export interface Check {
  readonly topic: string;
  look(patient: Patient): readonly Finding[] | Promise<readonly Finding[]>;
}

const CHECKS: readonly Check[] = [
  ...STORE_CHECKS,
  ...IDENTITY_CHECKS,
  ...BUNDLE_CHECKS,
  ...PROFILE_CHECKS,
  ...SHIM_CHECKS,
  ...CONTAINER_CHECKS,
];

/** Status 1 when something must be mended. */
export async function doctor(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('doctor', args, { json: { type: 'boolean' } });
  const findings: Finding[] = [];
  const patient: Patient = {
    world: { ...world, unattended: true },
    options,
    directory: configDir(world.env),
    files: await filesOf(world, options, findings),
  };
  for (const check of CHECKS) findings.push(...(await outcomeOf(check, patient)));
  const mend = findings.filter(({ level }) => level === 'unsafe' || level === 'wrong');
  world.stdout.write(
    values.json === true
      ? `${JSON.stringify({ healthy: mend.length === 0, findings }, null, 2)}\n`
      : textOf(findings, mend.length),
  );
  return mend.length === 0 ? 0 : 1;
}

/** What a failure is to a check: `unsafe` keeps its name, everything else does not work. */
export function findingOf(topic: string, error: unknown): Finding {
  if (!(error instanceof Fault)) throw error;
  const place = error.place === undefined ? '' : `${placeText(error.place)}: `;
  return {
    level: error.code === 'unsafe' ? 'unsafe' : 'wrong',
    topic,
    message: place + error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

async function filesOf(
  world: World,
  options: GlobalOptions,
  findings: Finding[],
): Promise<readonly ProfileFile[]> {
  try {
    const { files, project } = await readSources(world, options);
    if (project !== undefined) findings.push(standing(project));
    return files;
  } catch (error) {
    const finding = findingOf('profiles', error);
    // Who may write the files of the config directory is said by the check of the store.
    if (finding.level !== 'unsafe') findings.push(finding);
    return [];
  }
}

/** The project file of the working directory: whether it counts. */
function standing(project: Project): Finding {
  const about = { topic: 'profiles', message: `the project file ${project.path}` } as const;
  switch (project.standing) {
    case 'trusted':
      return { ...about, level: 'ok', message: `${about.message} is trusted`, hint: 'pqx untrust' };
    case 'new':
    case 'changed': {
      const why = project.standing === 'new' ? 'is not trusted' : 'has changed since it was trusted';
      const message = `${about.message} ${why}, and grants nothing`;
      return { ...about, level: 'note', message, hint: 'pqx trust   shows what it changes' };
    }
    case 'refused':
      return { ...findingOf('profiles', project.fault), level: 'note' };
  }
}

async function outcomeOf(check: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await check.look(patient);
  } catch (error) {
    return [findingOf(check.topic, error)];
  }
}

function textOf(findings: readonly Finding[], toMend: number): string {
  const lines = findings.flatMap(({ level, topic, message, hint }) => [
    printable(`${level.padEnd(7)} ${topic.padEnd(10)} ${message}`),
    ...(hint === undefined ? [] : [printable(`${' '.repeat(19)}hint: ${hint}`)]),
  ]);
  const end = toMend === 0 ? 'nothing to mend' : `${counted(toMend, 'thing')} to mend`;
  return `${[...lines, end].join('\n')}\n`;
}
