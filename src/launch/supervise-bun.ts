/** The standalone's other way to start the target: as a child, with pqx waiting for it and ending as it ends. */
import { dieOf, isStopped } from '#system';
import type { Execution } from '../platform/caller.ts';
import { forgetVariable } from '../platform/forget-bun.ts';
import { libc } from '../platform/libc.ts';
import { feedSlowly, makePipe } from '../platform/pipes-bun.ts';
import {
  type Change,
  callerIgnores,
  nextChange,
  releaseStreams,
  type Stream,
  spawnTarget,
} from '../platform/spawn-bun.ts';
import { startFault, throughShell } from './failure.ts';
import type { Outputs } from './outputs-bun.ts';
import { type Relay, relaySignals } from './relay.ts';
import type { Supervision } from './supervision.ts';

/** Longer than anything lasts, in milliseconds: a timer that keeps the runtime waiting for signals. */
const EVER = 2 ** 30;
/** Numbers by which a terminal stops a job: the shell is told of the one that stopped the target. */
const STOPPING = { 20: 'SIGTSTP', 21: 'SIGTTIN', 22: 'SIGTTOU' } as const;

/** Does not return: ends this process as the target ends. Throws the Fault of a target that could not be started. */
export async function supervise(execution: Execution, supervision: Supervision): Promise<never> {
  // This process stays beside the target, and its own environment would show the key.
  forgetVariable('PQX_IDENTITY');
  const ignored = callerIgnores();
  const relay = relaySignals((signal) => ignored.has(signal));
  const waiting = setInterval(() => undefined, EVER);
  try {
    const outputs = await outputsFor(supervision);
    // What has arrived by now came before there was a target, and is kept for it.
    await new Promise((resolve) => setImmediate(resolve));
    const pid = spawn(execution, outputs?.streams ?? []);
    const pours = outputs?.start() ?? [];
    supervision.onStart?.(pid);
    relay.connect({
      kill: (signal) => void process.kill(pid, signal),
      isStopped: () => isStopped(pid),
    });
    releaseStreams(execution, pours.length === 0);
    const end = await endOf(pid, relay);
    for (const pour of pours) await pour.finish();
    execution.ended?.(end.kind === 'exited' ? `status ${end.status}` : `signal ${end.signal}`);
    await supervision.onEnd?.();
    relay.end();
    return end.kind === 'exited' ? process.exit(end.status) : dieOf(end.signal);
  } finally {
    clearInterval(waiting);
    relay.end();
  }
}

async function outputsFor({ mask }: Supervision): Promise<Outputs | undefined> {
  if (libc === undefined || mask === undefined) return undefined;
  return (await import('./outputs-bun.ts')).outputsOf(libc, mask);
}

/** Starts the target and returns its process id; its standard input, where that is the launch's, is fed from now on. */
function spawn(execution: Execution, outputs: readonly Stream[]): number {
  const { stdin } = execution;
  if (libc === undefined || stdin === undefined) return spawnWith(execution, outputs);
  const input = makePipe(libc);
  const pid = spawnWith(execution, [{ from: input.reading, to: 0 }, ...outputs]);
  libc.close(input.reading);
  void feedSlowly(libc, input.writing, stdin);
  return pid;
}

function spawnWith(execution: Execution, streams: readonly Stream[]): number {
  const result = spawnTarget(execution, streams);
  const started = result === 'ENOEXEC' ? spawnTarget(throughShell(execution), streams) : result;
  if (typeof started === 'string') throw startFault(started, execution);
  return started;
}

/** How the target ended. A stopped target stops pqx, so that whoever started pqx sees it. */
function endOf(pid: number, relay: Relay): Promise<Change> {
  return new Promise((resolve) => {
    const look = () => {
      for (let change = nextChange(); change !== undefined; change = nextChange()) {
        if (change.pid !== pid) continue;
        if (change.kind !== 'stopped') {
          relay.release();
          process.removeListener('SIGCHLD', look);
          resolve(change);
          return;
        }
        if (isStopped(pid)) relay.stopBy(STOPPING[change.signal as keyof typeof STOPPING] ?? 'SIGSTOP');
      }
    };
    process.on('SIGCHLD', look);
    look();
  });
}
