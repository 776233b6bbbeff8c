/** What a target is given back and handed over just before it starts. Bun only. */

import { errnoOf } from '../fault.ts';
import type { Execution } from './caller.ts';
import { ptr } from './ffi-bun.ts';
import { type Libc, lastError, rareCalls, writeFrom } from './libc.ts';
import { restoreCore, restoreFileLimit } from './limits-bun.ts';
import { signalsIn } from './proc.ts';
import { readProcText } from './proc-bun.ts';

const LINUX = process.platform === 'linux';
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SIGPIPE = 13;
const SIGXFSZ = 25;
/** What a pipe holds while nobody reads it, in bytes (pipe(7)). */
export const PIPE_CAPACITY = 65_536;

/** Gives back what the runtime and the launch changed: what an exec then hands on is as the caller had set it. */
export function handOn(c: Libc, execution: Execution): void {
  const setFlags = 2;
  for (const descriptor of execution.descriptors) c.fcntl(descriptor, setFlags, 0);
  restoreCore(c, execution.heldBack.core);
  c.signal(SIGPIPE, SIG_DFL);
  c.signal(SIGXFSZ, SIG_DFL);
  if (!LINUX) return;
  restoreFileLimit(c);
  // Nobody ignores these but to hand it on: what the parent ignores, it wants ignored here too.
  const ignored = signalsIn(readProcText(c, `/proc/${process.ppid}/status`), 'SigIgn');
  for (const signal of ignored) if (isCrash(signal)) c.signal(signal, SIG_IGN);
}

/** The runtime replaces its disposition at start-up by a handler of its own. */
function isCrash(signal: number): boolean {
  switch (signal) {
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 11:
    case 30:
    case 31:
      return true;
    default:
      return false;
  }
}

/** Puts a pipe that holds `bytes` in the place of standard input. Returns the system's error name when it cannot. */
export function feed(c: Libc, bytes: Uint8Array): string | undefined {
  const setDescriptorFlags = 2;
  const setStatusFlags = 4;
  const ends = new Int32Array(2);
  const rare = rareCalls();
  if (rare.pipe(ptr(ends)) !== 0) return lastError(c);
  const [reading = -1, writing = -1] = ends;
  c.fcntl(writing, setDescriptorFlags, 1);
  // A pipe that is smaller than usual, as after many of a user's, is full before it is all written.
  c.fcntl(writing, setStatusFlags, LINUX ? 0o4000 : 4);
  try {
    for (let at = 0; at < bytes.length; ) at += writeFrom(c, writing, bytes.subarray(at));
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  } finally {
    c.close(writing);
  }
  if (reading === 0) return undefined;
  if (rare.dup2(reading, 0) < 0) return lastError(c);
  c.close(reading);
  return undefined;
}
