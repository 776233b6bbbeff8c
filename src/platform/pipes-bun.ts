/** Pipes between pqx and a target that it waits for. Bun only; loaded by a launch that supervises. */

import { errnoOf } from '../fault.ts';
import { systemError } from './caller.ts';
import { ptr } from './ffi-bun.ts';
import { type Libc, lastError, rareCalls, writeFrom } from './libc.ts';

const DARWIN = process.platform === 'darwin';
const DUPLICATE_CLOSE_ON_EXEC = DARWIN ? 67 : 1030;
const SET_STATUS_FLAGS = 4;
const NON_BLOCKING = DARWIN ? 4 : 0o4000;
/** How long to wait for the reader of a full pipe, in milliseconds: at first, and at most. */
const SOON = 1;
const LATE = 50;

export interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

/** Both ends are above 2, so that they take no standard stream's number, and close on exec. Throws the system's error. */
export function makePipe(c: Libc): Pipe {
  const ends = new Int32Array(2);
  if (rareCalls().pipe(ptr(ends)) !== 0) throw systemError('pipe', lastError(c));
  const [reading = -1, writing = -1] = [...ends].map((end) => {
    const above = c.fcntl(end, DUPLICATE_CLOSE_ON_EXEC, 3);
    if (above < 0) throw systemError('fcntl', lastError(c));
    c.close(end);
    return above;
  });
  return { reading, writing };
}

/** Writes all of `bytes`, as fast as they are read, then closes the pipe and wipes them. A reader that goes ends it. */
export async function feedSlowly(c: Libc, writing: number, bytes: Uint8Array): Promise<void> {
  c.fcntl(writing, SET_STATUS_FLAGS, NON_BLOCKING);
  let pause = SOON;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeFrom(c, writing, bytes.subarray(at));
      pause = SOON;
    } catch (error) {
      // Whoever does not read all of it has reasons.
      if (errnoOf(error) !== 'EAGAIN') break;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, LATE);
    }
  }
  c.close(writing);
  bytes.fill(0);
}
