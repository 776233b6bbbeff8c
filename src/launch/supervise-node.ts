/**
 * The Node build's other way to start the target: as a child, with pqx waiting for it and ending as it ends.
 *
 * By `node:child_process` itself: packages around it import `node:process`, which makes streams of 0 to 2 and so pipes
 * non-blocking, for the target and for all others that hold them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dieOf, factsOfDescriptor, isStopped, isTerminal } from '#system';
import { errnoOf } from '../fault.ts';
import type { Execution } from '../platform/caller.ts';
import { environmentObject } from '../platform/environment-node.ts';
import { restoreFileLimit } from '../platform/limits-node.ts';
import { startFault } from './failure.ts';
import type { Pour } from './pour.ts';
import { type Relay, relaySignals } from './relay.ts';
import type { Supervision } from './supervision.ts';

/** Does not return: ends this process as the target ends. Throws the Fault of a target that could not be started. */
export async function supervise(execution: Execution, supervision: Supervision): Promise<never> {
  // What the caller had ignored is not known: Node resets it (FIDELITY).
  const relay = relaySignals(() => false);
  try {
    const mask = await maskFor(supervision);
    // What has arrived by now came before there was a target, and is kept for it.
    await new Promise((resolve) => setImmediate(resolve));
    restoreFileLimit();
    const child = await started(execution, mask?.streams ?? []);
    const { pid = 0 } = child;
    const end = endOf(child, pid, relay);
    supervision.onStart?.(pid);
    relay.connect({ kill: (signal) => void child.kill(signal), isStopped: () => isStopped(pid) });
    // A target that does not read all of it has its reasons, and ends as it ends.
    child.stdin?.on('error', () => undefined).end(execution.stdin);
    const pours = mask?.start(child) ?? [];
    const { status, signal } = await end;
    for (const pour of pours) await pour.finish();
    execution.ended?.(signal === null ? `status ${status ?? 0}` : `signal ${constants.signals[signal]}`);
    await supervision.onEnd?.();
    relay.end();
    return signal === null ? process.exit(status ?? 0) : dieOf(constants.signals[signal]);
  } finally {
    relay.end();
  }
}

/** Standard output and error where they are open and no terminal, and what carries them; Node has no one pipe for both. */
async function maskFor({ mask }: Supervision) {
  if (mask === undefined) return undefined;
  const { pour } = await import('./pour.ts');
  const streams = [1, 2].filter(
    (number) => typeof factsOfDescriptor(number) !== 'string' && !isTerminal(number),
  );
  const start = ({ stdout, stderr }: ChildProcess): readonly Pour[] => [
    ...(stdout === null ? [] : [pour(stdout, 1, mask())]),
    ...(stderr === null ? [] : [pour(stderr, 2, mask())]),
  ];
  return { streams, start };
}

async function started(execution: Execution, masked: readonly number[]): Promise<ChildProcess> {
  try {
    return await spawned(execution, masked);
  } catch (error) {
    const code = errnoOf(error) ?? 'EIO';
    throw startFault(code, execution);
  }
}

/** Throws the system's error. */
function spawned(execution: Execution, masked: readonly number[]): Promise<ChildProcess> {
  const [argv0 = '', ...args] = execution.argv;
  const path = execution.program === undefined ? execution.path : `/proc/self/fd/${execution.program}`;
  // Without a slash it would be searched in PATH again.
  const file = path.includes('/') ? path : `./${path}`;
  const env = environmentObject(execution.environ);
  const child = spawn(file, args, { argv0, env, stdio: stdioOf(execution, masked) });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}

interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How the target ended. A stopped target stops pqx, so that whoever started pqx sees it; Node does not say by which signal. */
function endOf(child: ChildProcess, pid: number, relay: Relay): Promise<End> {
  const look = () => {
    if (isStopped(pid)) relay.stopBy('SIGSTOP');
  };
  process.on('SIGCHLD', look);
  // It may have stopped before anybody listened.
  look();
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      process.removeListener('SIGCHLD', look);
      resolve({ status, signal });
    });
  });
}

/** Each inherited descriptor under its own number; numbers between stay closed. */
function stdioOf(
  { descriptors, stdin }: Execution,
  masked: readonly number[],
): ('inherit' | 'ignore' | 'pipe')[] {
  return Array.from({ length: Math.max(2, ...descriptors) + 1 }, (_, number) => {
    if ((number === 0 && stdin !== undefined) || masked.includes(number)) return 'pipe';
    return number <= 2 || descriptors.includes(number) ? 'inherit' : 'ignore';
  });
}
