/** Why a launch would not start, as far as it is sure without a value: no value is decrypted, and nobody is asked. */
import { accessSync, constants } from 'node:fs';
import { factsOf } from '#system';
import { clearNames } from '../bundle/read.ts';
import type { Bundle } from '../bundle/types.ts';
import { unlockV1 } from '../bundle/v1.ts';
import { unlockV2 } from '../bundle/v2-open.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { wipe } from '../crypto/wipe.ts';
import { errnoOf, Fault } from '../fault.ts';
import { LONGEST_STRING, startFault } from '../launch/failure.ts';
import { obstacleFault } from '../launch/resolve.ts';
import { bytesOfText } from '../platform/bytes.ts';
import type { Execution } from '../platform/caller.ts';
import type { LaunchPlan } from '../profile/types.ts';
import { AUDIT_FILE } from '../store/audit.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { withIdentityFor } from './access.ts';
import { requireKnown } from './known.ts';
import { isUnasked } from './passphrase.ts';
import type { Prepared } from './prepare.ts';

/** The first of them, in the order in which a launch meets them; undefined when there is none to be known. */
export async function problemOf(
  world: World,
  prepared: Prepared,
  plan: LaunchPlan,
  execution: Execution,
): Promise<string | undefined> {
  try {
    const obstacle = obstacleFault(prepared.found);
    if (obstacle !== undefined) throw obstacle;
    const pin = prepared.chosen?.profile.pin;
    if (pin !== undefined) (await import('./pin.ts')).checkPin(world, prepared.found, pin);
    await requireOpens(world, prepared, plan);
    if (!prepared.passes && prepared.settings.audit === 'required') requireAudit(configDir(world.env));
    requireShort(execution);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** The bundle is for this identity, is whole, and is the one that is expected. Not known where a passphrase is needed. */
async function requireOpens(world: World, { bundle, path, rollback, passes }: Prepared, plan: LaunchPlan) {
  // A bundle whose names are encrypted is opened for them.
  const isOpened = bundle !== undefined && (plan.opens.length > 0 || clearNames(bundle) === undefined);
  if (passes || !isOpened) return;
  try {
    await withIdentityFor({ ...world, unattended: true }, bundle, async (key) => {
      await unwrapDataKey(bundle, key, path);
      requireKnown(world, path, bundle, key, rollback);
    });
  } catch (error) {
    if (!isUnasked(error)) throw error;
  }
}

async function unwrapDataKey(bundle: Bundle, key: PrivateKey, path: string): Promise<void> {
  switch (bundle.format) {
    case 'v1':
      return wipe(await unlockV1(bundle, key, path));
    case 'v2':
      return wipe(await unlockV2(bundle, key, path));
    case 'v1-single':
      // Its data key is proved by its values alone.
      return;
  }
}

/** Nothing is written to know it. */
function requireAudit(directory: string): void {
  const path = `${directory}/${AUDIT_FILE}`;
  const why = whyUnwritable(path, directory);
  if (why !== undefined) throw new Fault('store', `the audit log ${path} cannot be written: ${why}`);
}

function whyUnwritable(path: string, directory: string): string | undefined {
  const facts = factsOf(path);
  if (typeof facts === 'string') return noAccess(directory);
  if (facts.kind === 'file') return noAccess(path);
  return facts.kind === 'directory' ? 'EISDIR' : 'it is not a regular file';
}

function noAccess(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? 'unknown error';
  }
}

/** What the system would refuse however short the values are. */
function requireShort(execution: Execution): void {
  const isLong =
    execution.environ.some((entry) => entry.length > LONGEST_STRING) ||
    execution.argv.some((argument) => bytesOfText(argument).length > LONGEST_STRING);
  if (isLong) throw startFault('E2BIG', execution);
}
