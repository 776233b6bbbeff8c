import { lossByExec } from '#system';
import { openBundle } from '../bundle/open.ts';
import { clearNames } from '../bundle/read.ts';
import type { GlobalOptions, Invocation, LaunchOptions } from '../cli.ts';
import { parseCommandLine } from '../cli.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { targetEnvironment } from '../launch/environment.ts';
import type { Execution } from '../platform/caller.ts';
import { type Explained, explainJson, explainText, refusalJson } from '../profile/explain.ts';
import { whySupervised } from '../profile/files.ts';
import type { LaunchPlan } from '../profile/types.ts';
import type { World } from '../world.ts';
import { withIdentity } from './access.ts';
import { type Prepared, prepare } from './prepare.ts';

interface ExplainOptions {
  readonly json: boolean;
  readonly open: boolean;
}

/** `explain [options] COMMAND…`: the options of a launch, and `--json` and `--open`. */
export async function explain(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { own, rest } = splitOwn(args);
  const invocation = parseCommandLine(['run', ...rest]);
  if (invocation.kind !== 'launch')
    throw new Fault('usage', '`explain` needs a COMMAND', { hint: 'pqx help explain' });
  const merged: LaunchOptions = {
    ...invocation.options,
    ...(options.bundle === undefined || invocation.options.bundle !== undefined
      ? {}
      : { bundle: options.bundle }),
    ...(options.profiles === undefined || invocation.options.profiles !== undefined
      ? {}
      : { profiles: options.profiles }),
  };
  return show(world, { ...invocation, options: merged }, own);
}

/** `--dry-run` of a launch. */
export function dryRun(world: World, invocation: Invocation & { readonly kind: 'launch' }): Promise<number> {
  return show(world, invocation, { json: false, open: false });
}

/** The text of a plan that is about to be obeyed. */
export function describe(
  world: World,
  prepared: Prepared,
  plan: LaunchPlan,
  problem: string | undefined,
): string {
  return explainText(explained(world, prepared, plan, true, problem));
}

/** `--json` and `--open` are explain's own, wherever they stand before COMMAND. */
function splitOwn(args: readonly string[]): {
  readonly own: ExplainOptions;
  readonly rest: readonly string[];
} {
  const rest: string[] = [];
  const own = { json: false, open: false };
  for (const [at, argument] of args.entries()) {
    const isValue = /^(?:-p|--profile|--env|--bundle|--profiles)$/.test(args[at - 1] ?? '');
    if (argument === '--json' && !isValue) own.json = true;
    else if (argument === '--open' && !isValue) own.open = true;
    else if (argument === '--' || (!argument.startsWith('-') && !isValue))
      return { own, rest: [...rest, ...args.slice(at)] };
    else rest.push(argument);
  }
  return { own, rest };
}

/** For programs a refusal is a document too: they need not read what is written for people. */
async function show(
  world: World,
  invocation: Invocation & { readonly kind: 'launch' },
  how: ExplainOptions,
): Promise<number> {
  try {
    return await showPlan(world, invocation, how);
  } catch (error) {
    if (!(error instanceof Fault) || !how.json) throw error;
    world.stdout.write(refusalJson(error));
    return 1;
  }
}

async function showPlan(
  world: World,
  invocation: Invocation & { readonly kind: 'launch' },
  how: ExplainOptions,
): Promise<number> {
  const prepared = await prepare(world, invocation.options, invocation.command, invocation.args);
  const names = await namesOf(world, prepared, how.open);
  const place = prepared.hasFiles ? await shownPlace(world) : { files: '' };
  const plan = prepared.plan(names, place.files);
  const { problemOf } = await import('./explain-problem.ts');
  const problem =
    (await problemOf(world, prepared, plan, withoutValues(world, prepared, plan))) ?? place.problem;
  const result = explained(world, prepared, plan, names !== undefined, problem);
  world.stdout.write(how.json ? explainJson(result) : explainText(result));
  return problem === undefined ? 0 : 1;
}

/** Where config files would be, or why there is no place for them. */
async function shownPlace(world: World): Promise<{ readonly files: string; readonly problem?: string }> {
  const { shownFiles } = await import('../launch/trap.ts');
  try {
    return { files: shownFiles(world.env('XDG_RUNTIME_DIR'), world.uid) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { files: '/…', problem: error.message };
  }
}

async function namesOf(
  world: World,
  { bundle, path }: Prepared,
  open: boolean,
): Promise<readonly string[] | undefined> {
  if (bundle === undefined) return [];
  const clear = clearNames(bundle);
  if (clear !== undefined || !open) return clear;
  const secrets = await withIdentity(world, (key) => openBundle(bundle, key, 'all', path));
  wipeValues(secrets);
  return [...secrets.keys()];
}

function explained(
  world: World,
  prepared: Prepared,
  plan: LaunchPlan,
  namesKnown: boolean,
  problem: string | undefined,
): Explained {
  const { lost, bundle, path, project } = prepared;
  const loss = whySupervised(plan.files) ?? lossByExec(withoutValues(world, prepared, plan));
  return {
    plan,
    lost,
    project: project === undefined ? undefined : { path: project.path, trust: project.standing },
    bundle: { path, format: bundle?.format, namesKnown },
    start: wayOf(plan, loss),
    problem,
  };
}

/** What would be started, were all values empty. */
function withoutValues(world: World, { found }: Prepared, plan: LaunchPlan): Execution {
  const nothing = new Map(plan.opens.map((key) => [key, new Uint8Array()]));
  return {
    path: found.spelling,
    argv: [plan.command.typed, ...plan.args],
    environ: targetEnvironment(plan, nothing),
    descriptors: world.descriptors,
    heldBack: { core: undefined },
    ...(plan.stdin === undefined ? {} : { stdin: new Uint8Array() }),
  };
}

function wayOf(plan: LaunchPlan, loss: string | undefined): Explained['start'] {
  if (plan.mask)
    return {
      how: 'supervise',
      why: 'mask: *** for values of 6 characters and more, where the program prints to no terminal',
    };
  return loss === undefined
    ? { how: 'exec', why: 'pqx becomes the program' }
    : { how: 'supervise', why: loss };
}
