/**
 * The Node build's other way to start the target: as a child, with pqx waiting for it. For what Node's execve would
 * lose or abort on. Signals are passed on, and pqx ends as the target ended.
 *
 * By `node:child_process` itself: packages around it import `node:process`, which makes streams of 0 to 2 and so pipes
 * non-blocking, for the target and for all others that hold them.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dieOf } from '#system';
import { errnoOf } from '../fault.ts';
import type { Execution } from '../platform/caller.ts';
import { environmentObject } from '../platform/environment-node.ts';
import { groupsIn } from '../platform/proc.ts';
import { startFault } from './failure.ts';

const ALWAYS = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** The terminal sends these to the whole foreground group: while pqx is in it, the target has them already. */
const UNLESS_FOREGROUND = ['SIGINT', 'SIGQUIT', 'SIGWINCH'] as const;

/** Does not return: ends this process as the target ends. Throws the Fault of a target that could not be started. */
export async function supervise(execution: Execution): Promise<never> {
  const [argv0 = '', ...args] = execution.argv;
  const waiting: NodeJS.Signals[] = [];
  let send = (signal: NodeJS.Signals): void => void waiting.push(signal);
  const stop = listen((signal) => send(signal));
  // Without a slash it would be searched in PATH again.
  const path = execution.program === undefined ? execution.path : `/proc/self/fd/${execution.program}`;
  const file = path.includes('/') ? path : `./${path}`;
  const env = environmentObject(execution.environ);
  const child = spawn(file, args, { argv0, env, stdio: stdioOf(execution) });
  // A target that does not read all of it has its reasons, and ends as it ends.
  child.stdin?.on('error', () => undefined).end(execution.stdin);
  send = (signal) => void child.kill(signal);
  for (const signal of waiting) child.kill(signal);
  const end = await new Promise<End>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'unstarted', code: errnoOf(error) ?? 'EIO' }));
    child.once('exit', (status, signal) => resolve({ kind: 'ended', status, signal }));
  });
  stop();
  if (end.kind === 'unstarted') throw startFault(end.code, execution);
  execution.ended?.(
    end.signal === null ? `status ${end.status ?? 0}` : `signal ${constants.signals[end.signal]}`,
  );
  if (end.signal !== null) dieOf(constants.signals[end.signal]);
  process.exit(end.status ?? 0);
}

type End =
  | { readonly kind: 'unstarted'; readonly code: string }
  | { readonly kind: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null };

/** Passes signals to `send`. Returns what ends that. What the caller had ignored is no more: Node resets it (FIDELITY). */
function listen(send: (signal: NodeJS.Signals) => void): () => void {
  const whenInBackground = (signal: NodeJS.Signals) => {
    if (!isForeground()) send(signal);
  };
  for (const signal of ALWAYS) process.on(signal, send);
  for (const signal of UNLESS_FOREGROUND) process.on(signal, whenInBackground);
  return () => {
    for (const signal of ALWAYS) process.removeListener(signal, send);
    for (const signal of UNLESS_FOREGROUND) process.removeListener(signal, whenInBackground);
  };
}

/** Each inherited descriptor under its own number; numbers between stay closed. */
function stdioOf({ descriptors, stdin }: Execution): ('inherit' | 'ignore' | 'pipe')[] {
  return Array.from({ length: Math.max(2, ...descriptors) + 1 }, (_, number) => {
    if (number === 0 && stdin !== undefined) return 'pipe';
    return number <= 2 || descriptors.includes(number) ? 'inherit' : 'ignore';
  });
}

/** Whether this process is in the foreground group of its terminal; taken for granted where /proc does not tell. */
function isForeground(): boolean {
  try {
    const groups = groupsIn(readFileSync('/proc/self/stat', 'latin1'));
    return groups === undefined || groups.own === groups.foreground;
  } catch {
    return true;
  }
}
