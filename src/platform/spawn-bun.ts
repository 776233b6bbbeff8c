/** Starting a target as a child, and waiting for it, by the C library. Bun only; loaded by a launch that supervises. */

import { bytesOfText } from './bytes.ts';
import type { Execution } from './caller.ts';
import { errnoName } from './errno.ts';
import { dlopen, ptr } from './ffi-bun.ts';
import { handOn } from './hand-on-bun.ts';
import { cString, cVector, type Libc, libc, rareCalls } from './libc.ts';

import { forbidCore } from './limits-bun.ts';
import { signalsIn } from './proc.ts';
import { readProcText } from './proc-bun.ts';

const { platform } = process;
const { symbols: c } = dlopen(platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6', {
  posix_spawn: { args: ['ptr', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr'], returns: 'i32' },
  posix_spawnattr_init: { args: ['ptr'], returns: 'i32' },
  posix_spawnattr_setflags: { args: ['ptr', 'i16'], returns: 'i32' },
  posix_spawnattr_setsigdefault: { args: ['ptr', 'ptr'], returns: 'i32' },
  posix_spawn_file_actions_init: { args: ['ptr'], returns: 'i32' },
  posix_spawn_file_actions_adddup2: { args: ['ptr', 'i32', 'i32'], returns: 'i32' },
  waitpid: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
});

/** More than posix_spawnattr_t or posix_spawn_file_actions_t takes anywhere, in bytes. */
const OPAQUE = 512;
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SIGPIPE = 13;
const SIGCHLD = 17;
/** Linux's numbers (signal(7)) of what a supervisor listens to. */
const NAMES: readonly (readonly [number, NodeJS.Signals])[] = [
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [10, 'SIGUSR1'],
  [12, 'SIGUSR2'],
  [14, 'SIGALRM'],
  [15, 'SIGTERM'],
  [SIGCHLD, 'SIGCHLD'],
  [18, 'SIGCONT'],
  [20, 'SIGTSTP'],
  [28, 'SIGWINCH'],
];
/** The C library keeps these for its threads, and would leave them ignored in a child (pthreads(7)). */
const OF_THE_LIBRARY = [32, 33];

/** `from` of this process becomes `to` of the target. */
export interface Stream {
  readonly from: number;
  readonly to: 0 | 1 | 2;
}

/**
 * Starts the target with the caller's signal mask, dispositions, limits and descriptors, and with `streams` in the place
 * of the caller's. Returns its process id, or the system's error name. The entries of `environ` are wiped.
 */
export function spawnTarget(execution: Execution, streams: readonly Stream[]): number | string {
  if (libc === undefined) return 'ENOSYS';
  const path = cString(
    execution.program === undefined ? execution.path : `/proc/self/fd/${execution.program}`,
  );
  const argv = cVector(execution.argv.map(bytesOfText));
  const environ = cVector(execution.environ);
  const attributes = new Uint8Array(OPAQUE);
  c.posix_spawnattr_init(ptr(attributes));
  if (platform === 'linux') setDefaults(attributes, OF_THE_LIBRARY);
  const actions = new Uint8Array(OPAQUE);
  c.posix_spawn_file_actions_init(ptr(actions));
  for (const { from, to } of streams) c.posix_spawn_file_actions_adddup2(ptr(actions), from, to);
  const pid = new Int32Array(1);
  handOn(libc, execution);
  // Until the target is there: nothing could be waited for with it ignored.
  const chldIgnored = callerIgnores().has('SIGCHLD');
  const error = c.posix_spawn(
    ptr(pid),
    ptr(path),
    ptr(actions),
    ptr(attributes),
    ptr(argv.pointers),
    ptr(environ.pointers),
  );
  if (chldIgnored) libc.signal(SIGCHLD, SIG_DFL);
  takeBack(libc);
  environ.block.fill(0);
  // Read after the call, so that the vector is kept until then.
  if (argv.block.length === 0 || error !== 0) return errnoName(error, platform);
  for (const entry of execution.environ) entry.fill(0);
  return pid[0] ?? 0;
}

function setDefaults(attributes: Uint8Array, signals: readonly number[]): void {
  const setSigDefault = 4;
  const set = new BigUint64Array(16);
  for (const signal of signals) set[0] = (set[0] ?? 0n) | (1n << BigInt(signal - 1));
  c.posix_spawnattr_setflags(ptr(attributes), setSigDefault);
  c.posix_spawnattr_setsigdefault(ptr(attributes), ptr(set));
}

/** What was handed on for the target's sake is no longer this process's: no core dump, no death by a closed pipe. */
function takeBack(l: Libc): void {
  l.signal(SIGPIPE, SIG_IGN);
  forbidCore(l);
}

/** What became of a child. */
export type Change =
  | { readonly pid: number; readonly kind: 'exited'; readonly status: number }
  | { readonly pid: number; readonly kind: 'killed' | 'stopped'; readonly signal: number };

/** The next change of any child, process 1's inherited ones too (then they are reaped); undefined when there is none yet. */
export function nextChange(): Change | undefined {
  const noHangUntraced = 1 | 2;
  const word = new Int32Array(1);
  const pid = c.waitpid(-1, ptr(word), noHangUntraced);
  if (pid <= 0) return undefined;
  const value = word[0] ?? 0;
  // <sys/wait.h>: 7 bits of signal, of which all set means stopped; above 8 bits the status or the stopping signal.
  const low = value & 0x7f;
  const high = (value >> 8) & 0xff;
  if (low === 0) return { pid, kind: 'exited', status: high };
  return low === 0x7f ? { pid, kind: 'stopped', signal: high } : { pid, kind: 'killed', signal: low };
}

/**
 * What this process has no more use for once the target has it: a pipe whose reader the target was must be seen to lose
 * it. 0 and, unless pqx itself writes there, 1 become /dev/null, so that nothing else takes their numbers; 2 stays, for
 * what pqx may have to say.
 */
export function releaseStreams(execution: Execution, outputToo: boolean): void {
  if (libc === undefined) return;
  for (const descriptor of execution.descriptors) libc.close(descriptor);
  const readAndWrite = 2;
  const nothing = libc.open(ptr(cString('/dev/null')), readAndWrite, 0);
  if (nothing < 0) return;
  const { dup2 } = rareCalls();
  for (const descriptor of outputToo ? [0, 1] : [0]) dup2(nothing, descriptor);
  if (nothing > 1) libc.close(nothing);
}

/** The signals that the caller ignored, by name; but SIGPIPE and SIGXFSZ, which the runtime ignores in any case. */
export function callerIgnores(): ReadonlySet<string> {
  if (libc === undefined || platform !== 'linux') return new Set();
  const ignored = signalsIn(readProcText(libc, '/proc/self/status'), 'SigIgn');
  return new Set(NAMES.flatMap(([number, name]) => (ignored.has(number) ? [name] : [])));
}
