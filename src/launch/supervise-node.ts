/**
 * The Node build's other way to start the target: as a child, with pqx waiting for it. For what Node's execve would
 * lose or abort on. Signals are passed on, and pqx ends as the target ended.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { dieOf } from '#system';
import { errnoOf } from '../fault.ts';
import type { Execution } from '../platform/caller.ts';
import { environmentObject } from '../platform/environment-node.ts';
import { groupsIn, signalsIn } from '../platform/proc.ts';
import { startFault } from './failure.ts';

const ALWAYS = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** The terminal sends these to the whole foreground group: while pqx is in it, the target has them already. */
const UNLESS_FOREGROUND = ['SIGINT', 'SIGQUIT', 'SIGWINCH'] as const;

/** Does not return: ends this process as the target ends. Throws the Fault of a target that could not be started. */
export async function supervise(execution: Execution): Promise<never> {
  const { execa } = await import('execa');
  const [argv0 = '', ...args] = execution.argv;
  const waiting: NodeJS.Signals[] = [];
  let send = (signal: NodeJS.Signals): void => void waiting.push(signal);
  const stop = listen((signal) => send(signal));
  // Without a slash it would be searched in PATH again.
  const file = execution.path.includes('/') ? execution.path : `./${execution.path}`;
  const child = execa(file, args, {
    argv0,
    env: environmentObject(execution.environ),
    extendEnv: false,
    stdio: stdioOf(execution.descriptors),
    buffer: false,
    reject: false,
    cleanup: false,
    encoding: 'buffer',
  });
  send = (signal) => void child.kill(signal);
  for (const signal of waiting) child.kill(signal);
  const result = await child;
  stop();
  if (result.exitCode !== undefined) process.exit(result.exitCode);
  if (result.signal !== undefined) dieOf(constants.signals[result.signal]);
  throw startFault(errnoOf(result.cause) ?? 'EIO', execution);
}

/** Passes signals to `send`, but for those that the caller had ignored. Returns what ends that. */
function listen(send: (signal: NodeJS.Signals) => void): () => void {
  const ignored = signalsIn(ownStatus(), 'SigIgn');
  const listeners = [...ALWAYS, ...UNLESS_FOREGROUND].flatMap((signal) => {
    if (ignored.has(constants.signals[signal])) return [];
    const always = (ALWAYS as readonly string[]).includes(signal);
    const listener = () => {
      if (always || !isForeground()) send(signal);
    };
    process.on(signal, listener);
    return [{ signal, listener }];
  });
  return () => {
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
  };
}

/** Each inherited descriptor under its own number; numbers between stay closed. */
function stdioOf(
  descriptors: readonly number[],
): ['inherit', 'inherit', 'inherit', ...('inherit' | 'ignore')[]] {
  const extra = Array.from({ length: Math.max(2, ...descriptors) - 2 }, (_, index) => {
    return descriptors.includes(index + 3) ? 'inherit' : 'ignore';
  });
  return ['inherit', 'inherit', 'inherit', ...extra];
}

function isForeground(): boolean {
  const groups = groupsIn(readText('/proc/self/stat'));
  return groups !== undefined && groups.own === groups.foreground;
}

function ownStatus(): string {
  return readText('/proc/self/status');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
