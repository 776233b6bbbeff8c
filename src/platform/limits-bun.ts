/** Resource limits of this process, and the caller's own soft limit of open files. Bun only. */
import type { Limit, LimitWords } from './caller.ts';
import type { Pointer } from './ffi-bun.ts';
import { answerAt, answerWords, type Libc } from './libc.ts';
import { limitIn } from './proc.ts';
import { readProcText } from './proc-bun.ts';

const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = process.platform === 'linux' ? 7 : 8;

/** From here on a crash leaves no core. Returns the limit that was, undefined when it cannot be told. */
export function forbidCore(c: Libc): LimitWords | undefined {
  const core = readLimit(c, RLIMIT_CORE);
  if (core === undefined) return undefined;
  // The limit still stands where it was answered: the soft one goes, the hard one stays.
  answerWords[0] = 0;
  answerWords[1] = 0;
  call(c, RLIMIT_CORE, answerAt, null);
  return core;
}

export function restoreCore(c: Libc, core: LimitWords | undefined): void {
  if (core !== undefined) writeLimit(c, RLIMIT_CORE, core);
}

/** The runtime raised the soft limit of open files to the hard one: the caller's own is still to be read in the parent. */
export function restoreFileLimit(c: Libc): void {
  const now = readLimit(c, RLIMIT_NOFILE);
  const callers = parentsFileLimit(c);
  if (now === undefined || callers === undefined || callers[2] !== now[2] || callers[3] !== now[3]) return;
  if (callers[0] !== now[0] || callers[1] !== now[1]) writeLimit(c, RLIMIT_NOFILE, callers);
}

/** Of another user's process the system tells it only in a file. */
function parentsFileLimit(c: Libc): LimitWords | undefined {
  const parent = process.ppid;
  if (c.linux?.prlimit(parent, RLIMIT_NOFILE, null, answerAt) === 0) return answered();
  const limit = limitIn(readProcText(c, `/proc/${parent}/limits`), 'Max open files');
  return limit === undefined ? undefined : wordsOf(limit);
}

function readLimit(c: Libc, resource: number): LimitWords | undefined {
  return call(c, resource, null, answerAt) === 0 ? answered() : undefined;
}

function writeLimit(c: Libc, resource: number, limit: LimitWords): void {
  for (let at = 0; at < 4; at += 1) answerWords[at] = limit[at] ?? 0;
  call(c, resource, answerAt, null);
}

function call({ linux, darwin }: Libc, resource: number, set: Pointer | null, get: Pointer | null): number {
  if (linux !== undefined) return linux.prlimit(0, resource, set, get);
  return set === null ? darwin.getrlimit(resource, get) : darwin.setrlimit(resource, set);
}

function answered(): LimitWords {
  const word = (at: number) => answerWords[at] ?? 0;
  return [word(0), word(1), word(2), word(3)];
}

function wordsOf({ soft, hard }: Limit): LimitWords {
  const low = (value: bigint) => Number(value & 0xffff_ffffn);
  return [low(soft), low(soft >> 32n), low(hard), low(hard >> 32n)];
}
