/** The launch: plan, open what the plan names, start. */
import { lossByExec, secretsAhead } from '#system';
import { keepOnly } from '../bundle/open.ts';
import { clearNames, holdsClearly } from '../bundle/read.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import type { Invocation } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { randomBytes } from '../crypto/random.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { targetEnvironment } from '../launch/environment.ts';
import { obstacleFault } from '../launch/resolve.ts';
import { start } from '../launch/start.ts';
import type { Supervision } from '../launch/supervision.ts';
import type { Trap } from '../launch/trap.ts';
import { bytesOfText } from '../platform/bytes.ts';
import type { Execution } from '../platform/caller.ts';
import { whySupervised } from '../profile/files.ts';
import type { LaunchPlan, Settings } from '../profile/types.ts';
import { appendAudit } from '../store/audit.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { openKnown } from './access.ts';
import { entryOf, launchEvent, record } from './audit.ts';
import { heardNotice, noticesOf } from './notices.ts';
import { type Prepared, prepare } from './prepare.ts';

/** Does not return when the target was started. Faults as the way of the data has them (cli, exit statuses). */
export async function launch(
  world: World,
  invocation: Invocation & { readonly kind: 'launch' },
): Promise<never> {
  const { options, command, args } = invocation;
  const prepared = await prepare(world, options, command, args);
  const obstacle = obstacleFault(prepared.found);
  if (obstacle !== undefined) throw obstacle;
  const pin = prepared.chosen?.profile.pin;
  const program =
    pin === undefined ? undefined : (await import('./pin.ts')).checkPin(world, prepared.found, pin);
  const heldBack = secretsAhead();
  const trap = prepared.hasFiles ? await trapFor(world) : undefined;
  const { plan, secrets, notice } = await open(world, prepared, trap?.files ?? '');
  if (!prepared.passes)
    await record(world, prepared.settings, prepared.quiet, launchEvent(plan, prepared.path));
  const environ = [
    ...targetEnvironment(plan, secrets),
    ...(prepared.trace === undefined ? [] : [bytesOfText(prepared.trace)]),
  ];
  await trap?.lay(plan.files, secrets);
  const stdin = plan.stdin === undefined ? undefined : secrets.get(plan.stdin.key)?.slice();
  const masked = plan.mask ? await maskOfLaunch(world, secrets) : undefined;
  wipeValues(secrets);
  if (options.verbose) await sayPlan(world, prepared, plan);
  if (!prepared.quiet && world.stderr.isTerminal) {
    world.stderr.write(
      `${options.verbose ? '' : noticesOf(plan, prepared.project)}${heardNotice(world)}${notice ?? ''}${masked?.notice ?? ''}`,
    );
  }
  program?.check();
  const execution: Execution = {
    path: prepared.found.spelling,
    argv: [argv0Of(world, command, prepared), ...plan.args],
    environ,
    descriptors: namesDescriptor(world)
      ? (await import('./injected.ts')).descriptorsOfTarget(world)
      : world.descriptors,
    heldBack,
    ...(program?.descriptor === undefined ? {} : { program: program.descriptor }),
    ...(stdin === undefined ? {} : { stdin }),
    ended: (how) => recordEnd(world, prepared.settings, plan, how),
  };
  const held = trap === undefined ? undefined : await holdFiles(world, prepared, plan, trap, execution);
  try {
    const waits = held !== undefined || masked !== undefined;
    return await start(execution, waits ? { ...held, ...masked?.supervision } : undefined);
  } catch (error) {
    const how = error instanceof Fault ? error.code : 'defect';
    await record(world, prepared.settings, true, { ...nameOf(plan), event: 'launch-failed', how });
    throw error;
  }
}

function namesDescriptor({ env }: World): boolean {
  return env('PQX_IDENTITY_FD') !== undefined || env('PQX_PASSPHRASE_FD') !== undefined;
}

/** What is to be done for files until the target has ended; undefined where pqx becomes the target. */
async function holdFiles(
  world: World,
  { path, rollback }: Prepared,
  plan: LaunchPlan,
  trap: Trap,
  execution: Execution,
): Promise<Supervision | undefined> {
  if (!plan.mask && whySupervised(plan.files) === undefined && lossByExec(execution) === undefined)
    return undefined;
  const { holdFiles: hold } = await import('./held-files.ts');
  return hold(world, { path, rollback }, plan.files, trap.directory);
}

/** What the target prints is filtered by pqx, and what of it is not. */
async function maskOfLaunch(world: World, secrets: Secrets) {
  const { maskNotice, supervisionOf } = await import('./mask.ts');
  return { supervision: supervisionOf(secrets), notice: maskNotice(world, secrets) };
}

/** Where pqx has waited for the target. There is nothing to be done about a log that cannot be written by now. */
function recordEnd(world: World, settings: Settings, plan: LaunchPlan, how: string): void {
  if (settings.audit === 'off') return;
  appendAudit(configDir(world.env), entryOf(world, { ...nameOf(plan), event: 'end', how }));
}

function nameOf({ profile }: LaunchPlan): { readonly profile?: string } {
  return profile === undefined ? {} : { profile: profile.name };
}

/** As typed. Through a shim as the caller gave it, but for a path, which would be the shim's and not the tool's. */
function argv0Of({ shim }: World, command: string, { found }: Prepared): string {
  if (shim === undefined) return command;
  return shim.argv0.includes('/') ? found.spelling : shim.argv0;
}

/** Set before anything is opened: the guard starts meanwhile. */
async function trapFor(world: World): Promise<Trap> {
  const { setTrap } = await import('../launch/trap.ts');
  return setTrap(world.env('XDG_RUNTIME_DIR'), world.uid, hexEncode(randomBytes(16)));
}

interface Opened {
  readonly plan: LaunchPlan;
  readonly secrets: Secrets;
  /** What is to be said of the bundle. */
  readonly notice?: string | undefined;
}

/**
 * The plan and the values that it names. A bundle whose names are encrypted is opened to make the plan; what the plan
 * does not name is wiped at once.
 */
async function open(world: World, prepared: Prepared, filesDirectory: string): Promise<Opened> {
  const { bundle, path, rollback } = prepared;
  if (bundle === undefined) return { plan: prepared.plan([], filesDirectory), secrets: new Map() };
  const names = clearNames(bundle);
  if (prepared.passes) return { plan: prepared.plan(names, filesDirectory), secrets: new Map() };
  if (names === undefined) return openWhole(world, prepared, bundle, filesDirectory);
  const plan = prepared.plan(names, filesDirectory, (name) => holdsClearly(bundle, name));
  if (plan.opens.length === 0) return { plan, secrets: new Map() };
  return { plan, ...(await openKnown(world, path, bundle, plan.opens, rollback)) };
}

async function openWhole(
  world: World,
  prepared: Prepared,
  bundle: Bundle,
  filesDirectory: string,
): Promise<Opened> {
  const { path, rollback } = prepared;
  const { secrets, notice } = await openKnown(world, path, bundle, 'all', rollback);
  const names: string[] = [];
  for (const [name] of secrets) names.push(name);
  const plan = prepared.plan(names, filesDirectory, (name) => secrets.has(name));
  return { plan, secrets: keepOnly(secrets, plan.opens), notice };
}

async function sayPlan(world: World, prepared: Prepared, plan: LaunchPlan): Promise<void> {
  const { describe } = await import('./explain.ts');
  world.stderr.write(describe(world, prepared, plan, undefined));
}
