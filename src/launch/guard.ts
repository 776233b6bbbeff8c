/**
 * The guard: a process of its own session that waits for the process that pqx is, and that the target becomes, and then
 * removes its config files. It is nobody's child, and so not the target's, which would be told of a child that it did not
 * start. It knows a directory, a number and a time; no secret.
 */

import { closeFile, inheritedDescriptors } from '#system';
import { endNow, ignoreSignals, leaveDirectory, startChild, startOrphan, waitForEnd } from '#trap';
import type { Started } from '../platform/caller.ts';
import { removePrivate, startingGroup } from './held.ts';
import { recorded, recordOf, strangerIn } from './memory.ts';
import { isStill, userOf, youngerInGroup } from './users.ts';

/** The first argument by which this program knows that it is a guard. */
export const GUARD = '--guard';

const DIRECTORY = /^(\/.*\/pqx-(\d+))\/[0-9a-f]{16,64}$/s;
/** HUP, INT, QUIT, TERM: it ends when what it guards has ended, whatever else ends. */
const NOT_CARED_FOR = [1, 2, 3, 15];

/** Starts it. The private directory must be there. Throws the system's error. */
export function startGuard(directory: string): Started {
  try {
    return startOrphan([GUARD, 'watch', directory]);
  } catch {
    // Where there is no shell that starts, this program itself stands between.
    return startChild([GUARD, 'start', directory]);
  }
}

/** The life of a guard, by the arguments after the first. Does not return. */
export async function beGuard(args: readonly string[], uid: number): Promise<never> {
  const [step, directory = ''] = args;
  const own = DIRECTORY.exec(directory);
  // Whoever calls it so: nothing but a directory of ours is ever removed.
  if (own === null || Number(own[2]) !== uid || strangerIn(own[1] ?? '', uid) !== undefined) return endNow(2);
  // What the target writes to must end with the target.
  for (const descriptor of inheritedDescriptors()) closeFile(descriptor);
  ignoreSignals(NOT_CARED_FOR);
  leaveDirectory();
  const user = recordOf(directory, 'pqx');
  if (user === undefined) return endNow(1);
  if (step === 'start') {
    startChild([GUARD, 'watch', directory]);
    return endNow(0);
  }
  const self = userOf('self');
  if (self !== undefined) recorded(directory, 'guard', self);
  // Now: when it is needed, what lies at its path may be of another version.
  await import('./links.ts');
  await waitForEnd(user.pid, () => isStill(user));
  await targetsEnd(directory, user.start);
  await removePrivate(directory);
  return endNow(0);
}

/**
 * Of a pqx that waited for its target and was killed: the target may still be there. Between the target's start and its
 * record nobody knows its number; then it is among what has started in pqx's process group since.
 */
async function targetsEnd(directory: string, start: string): Promise<void> {
  const target = recordOf(directory, 'target');
  const group = startingGroup(directory);
  const candidates =
    target !== undefined ? [target] : group === undefined ? [] : youngerInGroup(group, start);
  for (const candidate of candidates) await waitForEnd(candidate.pid, () => isStill(candidate));
}
