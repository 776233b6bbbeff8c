/** What goes into the audit log (THREAT-MODEL, audit log): names of things, never a value, never an argument. */
import { realPath } from '#system';
import type { GlobalOptions } from '../cli.ts';
import { Fault } from '../fault.ts';
import type { LaunchPlan, Settings } from '../profile/types.ts';
import { AUDIT_FILE, appendAudit } from '../store/audit.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { agentMarker } from './agent.ts';

/** One thing that was done. Members that do not apply are left out. */
export interface AuditEvent {
  /** `launch`, `launch-failed`, `end`, and the word for what words do. */
  readonly event: string;
  readonly profile?: string;
  /** The executable's path, with symbolic links followed. */
  readonly program?: string;
  readonly bundle?: string;
  /** Names of bundle keys. */
  readonly keys?: readonly string[];
  /** Names of the config files that the target gets. */
  readonly files?: readonly string[];
  /** A file that the event is about. */
  readonly file?: string;
  /** Of an `end`: how the target ended; of a `launch-failed`: why nothing was started; of `recipients`: who. */
  readonly how?: string;
}

/**
 * Writes it down. A log that cannot be written is said on a terminal and no more, unless `audit: required`: then it is a
 * Fault `store`.
 */
export function record(
  world: World,
  settings: Settings,
  quiet: boolean,
  event: AuditEvent,
): Promise<void> | undefined {
  const { audit = 'on' } = settings;
  if (audit === 'off') return undefined;
  const directory = configDir(world.env);
  const appended = appendAudit(directory, entryOf(world, event));
  if (appended.kind === 'written') return appended.full ? turnOver(directory) : undefined;
  const what = `the audit log ${directory}/${AUDIT_FILE} cannot be written: ${appended.why}`;
  if (audit === 'required')
    throw new Fault('store', what, { hint: 'settings: { audit: on }   goes on without it' });
  if (!quiet && world.stderr.isTerminal && appended.why !== 'ENOENT') world.stderr.write(`pqx: ${what}\n`);
  return undefined;
}

async function turnOver(directory: string): Promise<void> {
  await (await import('../store/audit-files.ts')).turnOver(directory);
}

/** The same for a word, whose settings are the profile file's. One that cannot be read leaves the log on. */
export async function recordWord(world: World, options: GlobalOptions, event: AuditEvent): Promise<void> {
  await record(world, await settingsOf(world, options), options.quiet, event);
}

export function launchEvent(plan: LaunchPlan, bundle: string): AuditEvent {
  const { path } = plan.command;
  return {
    event: 'launch',
    ...(plan.profile === undefined ? {} : { profile: plan.profile.name }),
    ...(path === undefined ? {} : { program: realPath(path) ?? path }),
    bundle,
    keys: plan.opens,
    ...(plan.files.length === 0 ? {} : { files: plan.files.map(({ name }) => name) }),
  };
}

/** With when, where, by which process, and under which coding agent's marker. */
export function entryOf(world: World, event: AuditEvent) {
  const agent = agentMarker(world);
  return {
    time: world.now().toISOString(),
    ...event,
    cwd: world.cwd,
    pid: process.pid,
    ...(agent === undefined ? {} : { agent }),
  };
}

async function settingsOf(world: World, options: GlobalOptions): Promise<Settings> {
  const { readProfiles } = await import('./profile-files.ts');
  try {
    return (await readProfiles(world, options))?.settings ?? {};
  } catch (error) {
    if (error instanceof Fault) return {};
    throw error;
  }
}
