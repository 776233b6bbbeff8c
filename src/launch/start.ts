/**
 * Starts the target: by exec in place, so that nobody stands between it and the caller; where the runtime's exec would
 * lose something (Node alone), or pqx is needed until the target's end, as a child that pqx waits for.
 */
import { execInPlace, lossByExec, refusalOf } from '#system';
import type { Execution } from '../platform/caller.ts';
import { startFault, throughShell } from './failure.ts';
import type { Supervision } from './supervision.ts';

/**
 * Does not return when the target was started: this process becomes it, or ends as it ends. Otherwise throws a Fault:
 * `not-found` (status 127), `not-executable` (126), `launch` (125), and the entries of `environ` are wiped.
 */
export async function start(execution: Execution, supervision?: Supervision): Promise<never> {
  try {
    const refusal = refusalOf(execution);
    if (refusal !== undefined) throw refusal;
    if (supervision !== undefined || lossByExec(execution) !== undefined) {
      const { supervise } = await import('#supervise');
      return await supervise(execution, supervision ?? {});
    }
    const code = execInPlace(execution);
    throw startFault(code === 'ENOEXEC' ? execInPlace(throughShell(execution)) : code, execution);
  } catch (error) {
    await supervision?.onEnd?.();
    throw error;
  } finally {
    for (const entry of execution.environ) entry.fill(0);
    execution.stdin?.fill(0);
  }
}
