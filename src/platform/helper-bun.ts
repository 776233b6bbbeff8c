/**
 * Programs that are asked one thing and answer within a time limit, whatever they do: over pipes, since arguments and
 * environment can be seen by others. For the standalone; `helper-node.ts` has the same functions. Loaded when one is needed.
 */

import { errnoOf } from '../fault.ts';
import { bytesOfText } from './bytes.ts';
import { type Answer, type Question, systemError } from './caller.ts';
import { errnoName } from './errno.ts';
import { dlopen, ptr } from './ffi-bun.ts';
import { cString, cVector, type Libc, libc, rareCalls, readInto, writeFrom } from './libc.ts';
import { makePipe } from './pipes-bun.ts';

const I = 'i32';
const P = 'ptr';
const LINUX = process.platform === 'linux';
const { symbols: c } = dlopen(LINUX ? 'libc.so.6' : 'libSystem.dylib', {
  posix_spawn: { args: [P, P, P, P, P, P], returns: I },
  posix_spawnattr_init: { args: [P], returns: I },
  posix_spawnattr_setflags: { args: [P, 'i16'], returns: I },
  posix_spawnattr_setsigmask: { args: [P, P], returns: I },
  posix_spawnattr_setsigdefault: { args: [P, P], returns: I },
  posix_spawn_file_actions_init: { args: [P], returns: I },
  posix_spawn_file_actions_adddup2: { args: [P, I, I], returns: I },
  waitpid: { args: [I, P, I], returns: I },
  poll: { args: [P, 'u64', I], returns: I },
  alarm: { args: ['u32'], returns: 'u32' },
});

/** More than posix_spawnattr_t or posix_spawn_file_actions_t takes anywhere, in bytes. */
const OPAQUE = 512;
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SIGPIPE = 13;
const SIGCHLD = LINUX ? 17 : 20;
const SIGKILL = 9;
const SET_STATUS_FLAGS = 4;
const NON_BLOCKING = LINUX ? 0o4000 : 4;
/** How long to wait for what has closed its output and not ended, in milliseconds a time. */
const PAUSE = 2;

/** Starts the program, hands it `input`, and returns what it said; kills it at the time limit. The caller wipes both. */
export function ask(question: Question): Answer {
  if (libc === undefined) throw systemError('dlopen', 'ENOSYS');
  const l = libc;
  const pipes = { input: makePipe(l), output: makePipe(l), complaints: makePipe(l) };
  const ours = {
    input: pipes.input.writing,
    output: pipes.output.reading,
    complaints: pipes.complaints.reading,
  };
  const theirs = [pipes.input.reading, pipes.output.writing, pipes.complaints.writing];
  for (const end of Object.values(ours)) l.fcntl(end, SET_STATUS_FLAGS, NON_BLOCKING);
  // Before the program starts: should this process be killed meanwhile, it reads all of it or was never there.
  const written = question.input.length === 0 ? 0 : writeSome(l, ours.input, question.input);
  // A caller may ignore it, and then nothing could be waited for.
  const before = l.signal(SIGCHLD, SIG_DFL);
  try {
    const started = spawn(question, theirs);
    for (const end of theirs) l.close(end);
    if (typeof started === 'number') return converse(l, started, question, ours, written);
    for (const end of Object.values(ours)) l.close(end);
    return { kind: 'not-started', code: started };
  } finally {
    // A SIGCHLD that the caller has blocked would wait for the target: ignoring the signal forgets it.
    l.signal(SIGCHLD, SIG_IGN);
    l.signal(SIGCHLD, BigInt(before ?? 0));
  }
}

function spawn(question: Question, [stdin = 0, stdout = 1, stderr = 2]: readonly number[]): number | string {
  const path = cString(question.program ?? (LINUX ? '/proc/self/exe' : process.execPath));
  const argv = cVector([question.program ?? 'pqx', ...question.args].map(bytesOfText));
  const environ = cVector(question.environ.map(bytesOfText));
  const attributes = new Uint8Array(OPAQUE);
  const actions = new Uint8Array(OPAQUE);
  const pid = new Int32Array(1);
  const defaultAndMask = 0x04 | 0x08;
  const pipes = new BigUint64Array(16);
  pipes[0] = 1n << BigInt(SIGPIPE - 1);
  c.posix_spawnattr_init(ptr(attributes));
  c.posix_spawnattr_setflags(ptr(attributes), defaultAndMask);
  c.posix_spawnattr_setsigdefault(ptr(attributes), ptr(pipes));
  c.posix_spawnattr_setsigmask(ptr(attributes), ptr(new Uint8Array(128)));
  c.posix_spawn_file_actions_init(ptr(actions));
  [stdin, stdout, stderr].forEach((from, to) => {
    c.posix_spawn_file_actions_adddup2(ptr(actions), from, to);
  });
  const code = c.posix_spawn(
    ptr(pid),
    ptr(path),
    ptr(actions),
    ptr(attributes),
    ptr(argv.pointers),
    ptr(environ.pointers),
  );
  // Read after the call, so that the vectors are kept until then.
  const kept = argv.block.length > 0 && environ.block.length > 0;
  return code === 0 && kept ? (pid[0] ?? 0) : errnoName(code, process.platform);
}

interface Ends {
  readonly input: number;
  readonly output: number;
  readonly complaints: number;
}

function converse(
  l: Libc,
  pid: number,
  { input, until, limit }: Question,
  ends: Ends,
  before: number,
): Answer {
  const open = new Set([ends.input, ends.output, ends.complaints]);
  const close = (end: number) => {
    if (open.delete(end)) l.close(end);
  };
  const output = collector(limit);
  const complaints = collector(limit);
  let written = before;
  try {
    for (;;) {
      if (written < input.length) written += writeSome(l, ends.input, input.subarray(written));
      if (written >= input.length) close(ends.input);
      for (const [end, collect] of [
        [ends.output, output],
        [ends.complaints, complaints],
      ] as const) {
        if (open.has(end) && !collect.from(l, end)) close(end);
      }
      const status = ended(pid, false);
      if (status !== undefined) {
        // What it wrote before it ended; whatever else holds the pipe is not waited for.
        if (open.has(ends.output)) output.from(l, ends.output);
        if (open.has(ends.complaints)) complaints.from(l, ends.complaints);
        return { kind: 'ended', status, output: output.bytes(), complaints: complaints.bytes() };
      }
      const left = until - performance.now();
      if (left <= 0) {
        rareCalls().kill(pid, SIGKILL);
        ended(pid, true);
        output.wipe();
        return { kind: 'silent' };
      }
      const silent = !open.has(ends.output) && !open.has(ends.complaints);
      wait([...open], ends.input, Math.ceil(silent ? Math.min(left, PAUSE) : left));
    }
  } finally {
    for (const end of [...open]) close(end);
  }
}

/** Status, 128 + n after a signal; undefined as long as it runs. */
function ended(pid: number, wait: boolean): number | undefined {
  const noHang = 1;
  const status = new Int32Array(1);
  const found = c.waitpid(pid, ptr(status), wait ? 0 : noHang);
  if (found === 0 || (found < 0 && !wait)) return undefined;
  const value = status[0] ?? 0;
  return (value & 0x7f) === 0 ? (value >> 8) & 0xff : 128 + (value & 0x7f);
}

/** struct pollfd (poll(2)): a descriptor and two halves of 16 bits. */
function wait(open: readonly number[], writing: number, milliseconds: number): void {
  const [readable, writable] = [1, 4];
  const polled = new Int32Array(2 * open.length + 2);
  open.forEach((end, index) => {
    polled[2 * index] = end;
    polled[2 * index + 1] = end === writing ? writable : readable;
  });
  c.poll(ptr(polled), BigInt(open.length), milliseconds);
}

function collector(limit: number) {
  const buffer = new Uint8Array(limit);
  let length = 0;
  return {
    /** False at the end, and of what says more than the limit. */
    from(l: Libc, end: number): boolean {
      for (;;) {
        if (length === limit) return false;
        const count = tryTo(() => readInto(l, end, buffer.subarray(length)));
        if (count === undefined) return false;
        if (count === 0) return true;
        length += count;
      }
    },
    bytes: () => buffer.subarray(0, length),
    wipe: () => buffer.fill(0),
  };
}

/** How much was written; all of it, as it were, when the reader is gone. */
function writeSome(l: Libc, end: number, bytes: Uint8Array): number {
  return tryTo(() => writeFrom(l, end, bytes)) ?? bytes.length;
}

/** What was transferred: 0 when nothing could be yet, undefined at the end or when it failed. */
function tryTo(transfer: () => number): number | undefined {
  try {
    const count = transfer();
    return count === 0 ? undefined : count;
  } catch (error) {
    return errnoOf(error) === 'EAGAIN' ? 0 : undefined;
  }
}

/** This process ends with its parent, and after so many seconds in any case, whatever it is waiting for. */
export function limitLife(seconds: number): void {
  const setParentDeathSignal = 1;
  libc?.linux?.prctl(setParentDeathSignal, BigInt(SIGKILL), 0n, 0n, 0n);
  c.alarm(seconds);
}

/** The directory in which this program's own files lie. */
export function ownDirectory(): string {
  return process.execPath.slice(0, process.execPath.lastIndexOf('/'));
}
