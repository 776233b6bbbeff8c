/**
 * The guard: a process of its own session that waits for the process that pqx is, and that the target becomes, and then
 * removes its config files. It is started by a first one that ends at once, so that it is nobody's child: not the
 * target's, which would be told of a child that it did not start. It knows a directory, a number and a time; no secret.
 */
import {
  endNow,
  ignoreSignals,
  leaveDirectory,
  removeEmptyDirectory,
  removeTree,
  startDetached,
  waitForEnd,
} from '#trap';
import type { Started } from '../platform/caller.ts';
import { recorded, recordOf, strangerIn } from './memory.ts';
import { isStill, userOf } from './users.ts';

/** What it is called by, which is how this program knows that it is one. */
export const GUARD_NAME = 'pqx-guard';

const DIRECTORY = /^(\/.*\/pqx-(\d+))\/[0-9a-f]{16,64}$/s;
/** HUP, INT, QUIT, TERM: it ends when what it guards has ended, whatever else ends. */
const NOT_CARED_FOR = [1, 2, 3, 15];

/** Starts the first one. The private directory must be there. Throws the system's error. */
export function startGuard(directory: string): Started {
  return startDetached([GUARD_NAME, 'start', directory]);
}

/** The life of a guard, by its arguments. Does not return. */
export async function beGuard(args: readonly string[], uid: number): Promise<never> {
  const [step, directory = ''] = args;
  const own = DIRECTORY.exec(directory);
  // Whoever calls it by this name: nothing but a directory of ours is ever removed.
  if (own === null || Number(own[2]) !== uid || strangerIn(own[1] ?? '', uid) !== undefined) return endNow(2);
  ignoreSignals(NOT_CARED_FOR);
  leaveDirectory();
  const user = recordOf(directory, 'pqx');
  if (user === undefined) return endNow(1);
  if (step === 'start') return endNow(startSecond(directory));
  await waitForEnd(user.pid, () => isStill(user));
  removeTree(directory);
  removeEmptyDirectory(own[1] ?? '');
  return endNow(0);
}

/** Returns the status: 0 when the second one runs and is recorded. */
function startSecond(directory: string): number {
  const { pid } = startDetached([GUARD_NAME, 'watch', directory]);
  const guard = userOf(pid);
  return guard !== undefined && recorded(directory, 'guard', guard) === undefined ? 0 : 1;
}
