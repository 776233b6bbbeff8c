/** From a launch's command line to its plan: what `launch` and `explain` share. Each step is taken once, in one order. */
import type { Bundle } from '../bundle/types.ts';
import type { LaunchOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import { containerClient } from '../launch/container-client.ts';
import { findCommand, type ResolvedCommand } from '../launch/resolve.ts';
import {
  type Choice,
  type Chosen,
  chooseProfile,
  type MatchInput,
  namesCommand,
  profileNamed,
  unknownProfile,
} from '../profile/match.ts';
import { suggestion } from '../profile/nearest.ts';
import { type PlanInput, planLaunch } from '../profile/plan.ts';
import type { LaunchPlan, ProfileFile, Settings } from '../profile/types.ts';
import { shellWord } from '../quote.ts';
import { allWords } from '../words.ts';
import type { World } from '../world.ts';
import { bundlePath, findBundle, insideLaunch, missingBundle, soundBundle } from './access.ts';
import { agentMarker } from './agent.ts';
import type { Rollback } from './known.ts';
import { readSources, type Sources } from './profile-files.ts';

/** What is known before the bundle's names are. */
export interface Prepared {
  readonly found: ResolvedCommand;
  /** What a shim adds to the target's environment. */
  readonly trace: string | undefined;
  /** Nothing is granted: a shim or a function whose tool no profile is for. */
  readonly passes: boolean;
  readonly chosen: Chosen | undefined;
  readonly lost: Choice['lost'];
  /** The project file of the working directory, trusted or not. */
  readonly project: Sources['project'];
  readonly settings: Settings;
  readonly quiet: boolean;
  readonly rollback: Rollback | undefined;
  readonly path: string;
  readonly bundle: Bundle | undefined;
  /** Whether the launch makes config files. */
  readonly hasFiles: boolean;
  /**
   * The plan, given the names in the bundle (undefined when they are not known) and the directory of config files. Throws
   * a Fault `profile`.
   */
  plan(
    names: readonly string[] | undefined,
    filesDirectory: string,
    holds?: (name: string) => boolean,
  ): LaunchPlan;
}

type PlanBase = Omit<PlanInput, 'names' | 'holds' | 'filesDirectory'>;

/**
 * Finds program, profile and bundle. Faults: `no-profile` when nothing grants anything; `unsafe` under a coding agent's
 * marker; those of the profile file and of the bundle's shape.
 */
export async function prepare(
  world: World,
  options: LaunchOptions,
  command: string,
  args: readonly string[],
): Promise<Prepared> {
  const { files, settings, project } = await readSources(world, options);
  const { found, trace } =
    world.shim === undefined
      ? { found: findCommand(command, world.env('PATH'), world.cwd, world.env('HOME')), trace: undefined }
      : (await import('./shim-call.ts')).behindShim(world, world.shim);
  const client = containerClient(command);
  const container =
    client === undefined ? undefined : (await import('./container.ts')).containerOf(world, client);
  const match: MatchInput = {
    files,
    command: found,
    args: container === undefined ? args : container.afterGlobals(args),
    home: world.env('HOME'),
  };
  const choice = chooseAmong(options, match);
  const { chosen, lost } = choice;
  const refused = refusalOf(world, options, choice, match, project);
  if (refused !== undefined) throw await refused;
  const path = bundlePath(world, options, chosen?.file.settings.bundle ?? settings.bundle);
  const passes = chosen === undefined && options.grants.length === 0;
  // What grants nothing needs no bundle: its names are withheld where they can be read.
  const bundle = passes ? soundBundle(path) : findBundle(path);
  const input: PlanBase = {
    chosen,
    files,
    grants: options.grants,
    command: found,
    args,
    environ: world.environ,
    bundle: path,
    home: world.env('HOME'),
    ...(container === undefined ? {} : { insert: container.insert }),
  };
  return {
    found,
    trace,
    passes,
    chosen,
    lost,
    project,
    settings,
    quiet: options.quiet || settings.quiet === true,
    rollback: settings.rollback,
    path,
    bundle,
    hasFiles: (chosen?.profile.files.length ?? 0) > 0 || container?.mounts(chosen?.profile, args) === true,
    plan: (names, filesDirectory, holds) =>
      planWith(world, { ...input, filesDirectory, holds }, bundle, names),
  };
}

/** Without a bundle a key that is missing is the lesser trouble. */
function planWith(
  world: World,
  input: Omit<PlanInput, 'names'>,
  bundle: Bundle | undefined,
  names: readonly string[] | undefined,
): LaunchPlan {
  if (bundle !== undefined) return planLaunch({ ...input, names });
  try {
    return planLaunch({ ...input, names: [] });
  } catch {
    throw missingBundle(world, input.bundle);
  }
}

/** Why nothing is granted where something should be, or what a coding agent may not; undefined where all is well. */
function refusalOf(
  world: World,
  options: LaunchOptions,
  choice: Choice,
  match: MatchInput,
  project: Sources['project'],
): Promise<Fault> | undefined {
  if (choice.chosen === undefined && options.profile === undefined && options.passthrough === true)
    return undefined;
  if (choice.chosen === undefined && (options.grants.length === 0 || options.profile !== undefined))
    return whyNoProfile(world, options, choice, match, project);
  const marker = options.reveal ? undefined : agentMarker(world);
  if (marker === undefined) return undefined;
  const free = freeGrant(options, choice.chosen, match);
  return free === undefined ? undefined : underAgent(marker, free, options, match);
}

async function whyNoProfile(
  world: World,
  options: LaunchOptions,
  choice: Choice,
  match: MatchInput,
  project: Sources['project'],
): Promise<Fault> {
  if (project !== undefined && project.standing !== 'trusted') {
    const { requireTrust } = await import('./untrusted.ts');
    await requireTrust(project, options, match);
  }
  return options.profile === undefined
    ? noProfile(world, match, choice)
    : unknownProfile(match.files, options.profile);
}

function chooseAmong({ profile }: LaunchOptions, match: MatchInput): Choice {
  return profile === undefined
    ? chooseProfile(match)
    : { chosen: profileNamed(match.files, profile), lost: [] };
}

/** The option that gives keys to a command of the caller's choice. */
function freeGrant(
  options: LaunchOptions,
  chosen: Chosen | undefined,
  match: MatchInput,
): '--env' | '-p' | undefined {
  if (options.grants.length > 0) return '--env';
  const isOfAnother = options.profile !== undefined && chosen !== undefined && !namesCommand(chosen, match);
  return isOfAnother ? '-p' : undefined;
}

/** Free hand over keys is for people: against accidents of an agent's command line, not against intent. */
async function underAgent(
  marker: string,
  free: '--env' | '-p',
  options: LaunchOptions,
  match: MatchInput,
): Promise<Fault> {
  return new Fault(
    'unsafe',
    `${marker} says that a coding agent runs this, and ${free} hands keys to a command of its choice`,
    {
      hint: (await import('./again.ts')).launchAgain(
        '--reveal',
        options,
        match.command.typed,
        match.args.length > 0,
      ),
    },
  );
}

function noProfile(world: World, match: MatchInput, choice: Choice): Fault {
  const { typed, through } = match.command;
  const tool = typed.slice(typed.lastIndexOf('/') + 1);
  const other = choice.lost[0] ?? namedOtherwise(match.files, typed);
  const meant = match.files
    .flatMap((file) => file.profiles)
    .find((profile) => profile.command.includes(typed));
  if (through === 'inside' && meant !== undefined) {
    const line = `-p ${meant.name} ${shellWord(typed)}`;
    return new Fault(
      'no-profile',
      `no profile matches ${printable(typed)}: it is found inside the working directory's repository, or by a relative PATH`,
      {
        hint: `pqx ${line}   if you mean this one; pqx explain ${line}   shows what it would get`,
      },
    );
  }
  const nested = match.files.length === 0 ? insideLaunch(world) : undefined;
  if (nested !== undefined)
    return new Fault('no-profile', `no profile matches ${printable(typed)}: there is no profile file`, {
      hint: nested,
    });
  const why = other === undefined ? '' : ` (${other.name}: ${other.why})`;
  const names = [...allWords(), ...match.files.flatMap(namesOf)];
  const near = suggestion(
    tool,
    names.filter((name) => name !== tool),
  );
  return new Fault('no-profile', `no profile matches ${printable(typed)}${why}`, {
    hint: `${near === undefined ? '' : `${near} or else `}pqx profiles add ${/^[A-Za-z0-9_.@+-]+$/.test(tool) ? tool : 'NAME'}   adds one; pqx profiles   lists them; -p NAME   chooses one`,
  });
}

/** What can be typed for a profile of the file: the commands that it names literally. */
function namesOf(file: ProfileFile): readonly string[] {
  return file.profiles.flatMap(({ command }) => command.filter((pattern) => !/[!*?[\]{}\\/]/.test(pattern)));
}

/** A profile of this name whose `command` is another. */
function namedOtherwise(
  files: readonly ProfileFile[],
  typed: string,
): { readonly name: string; readonly why: string } | undefined {
  const profile = files.flatMap((file) => file.profiles).find((candidate) => candidate.name === typed);
  if (profile === undefined) return undefined;
  return {
    name: profile.name,
    why: profile.command.length === 0 ? 'it has no `command`' : 'its `command` is another',
  };
}
