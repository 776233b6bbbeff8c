/** Resource limits of this process, and the caller's own soft limit of open files. Bun only. */
import { ptr } from 'bun:ffi';
import type { Limit } from './caller.ts';
import type { Libc } from './libc.ts';
import { limitIn } from './proc.ts';
import { readProcText } from './proc-bun.ts';

export const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = process.platform === 'linux' ? 7 : 8;

/** The runtime raised the soft limit of open files to the hard one: the caller's own is still to be read in the parent. */
export function restoreFileLimit(c: Libc): void {
  const now = readLimit(c, RLIMIT_NOFILE);
  const callers = limitIn(readProcText(c, `/proc/${process.ppid}/limits`), 'Max open files');
  if (now === undefined || callers === undefined || callers.hard !== now.hard || callers.soft === now.soft)
    return;
  writeLimit(c, RLIMIT_NOFILE, callers);
}

export function readLimit(c: Libc, resource: number): Limit | undefined {
  const pair = new BigUint64Array(2);
  if (c.getrlimit(resource, ptr(pair)) !== 0) return undefined;
  return { soft: pair[0] ?? 0n, hard: pair[1] ?? 0n };
}

export function writeLimit(c: Libc, resource: number, limit: Limit): void {
  c.setrlimit(resource, ptr(new BigUint64Array([limit.soft, limit.hard])));
}
