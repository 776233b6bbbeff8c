/**
 * Starts the target: by exec in place, so that nobody stands between it and the caller; where the runtime's exec would
 * lose something (Node alone), as a child that pqx waits for.
 */
import { execInPlace, lossByExec, refusalOf } from '#system';
import type { Execution } from '../platform/caller.ts';
import { startFault } from './failure.ts';

/**
 * Does not return when the target was started: this process becomes it, or ends as it ends. Otherwise throws a Fault:
 * `not-found` (status 127), `not-executable` (126), `launch` (125), and the entries of `environ` are wiped.
 */
export async function start(execution: Execution): Promise<never> {
  const refusal = refusalOf(execution);
  if (refusal !== undefined) throw refusal;
  try {
    if (lossByExec(execution) !== undefined) {
      const { supervise } = await import('#supervise');
      return await supervise(execution);
    }
    const code = execInPlace(execution);
    throw startFault(code === 'ENOEXEC' ? execInPlace(throughShell(execution)) : code, execution);
  } finally {
    for (const entry of execution.environ) entry.fill(0);
    execution.stdin?.fill(0);
  }
}

/** A file that is no program format is a script of the shell's, as execvp(3) has it. */
function throughShell(execution: Execution): Execution {
  const { program, ...rest } = execution;
  return { ...rest, path: '/bin/sh', argv: ['/bin/sh', execution.path, ...execution.argv.slice(1)] };
}
