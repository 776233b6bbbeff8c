/**
 * The doors to the system, for the standalone: by the C library and /proc. `system-node.ts` has the same functions.
 * What is asked here on the way to a launch avoids `node:fs`, whose loading costs more than all of it.
 */

import { Fault } from '../fault.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { type Execution, type FileFacts, type HeldBack, systemError } from './caller.ts';
import { ptr } from './ffi-bun.ts';
import { feed, handOn, PIPE_CAPACITY } from './hand-on-bun.ts';
import {
  answer,
  answerAt,
  answerWords,
  cPath,
  cString,
  cVector,
  executedPath,
  type Libc,
  lastError,
  libc,
  openForReading,
  rareCalls,
  readInto,
  tryOpenForReading,
  untilNul,
  writeFrom,
} from './libc.ts';
import { forbidCore } from './limits-bun.ts';
import { groupsIn, splitAtNul, stateIn } from './proc.ts';
import { inheritedAbove2, readProc, readProcText } from './proc-bun.ts';

const LINUX = process.platform === 'linux';
const NON_BLOCKING = LINUX ? 0o4000 : 0x4;
/** Its number on Linux differs between architectures. */
const NO_FOLLOW = !LINUX ? 0x100 : process.arch === 'arm64' ? 0o100000 : 0o400000;
const SIG_DFL = 0n;
const SIGPIPE = 13;

/** argv[0] and the arguments, as byte texts. */
export function rawArguments(): readonly string[] {
  const raw = LINUX && libc !== undefined ? readProc(libc, '/proc/self/cmdline') : undefined;
  // The runtime puts its own name and the embedded file's before the arguments.
  return raw === undefined ? [process.argv0, ...process.argv.slice(2)] : splitAtNul(raw);
}

/** The path by which this process was started; undefined where that cannot be told. */
export function startedAs(): string | undefined {
  return executedPath();
}

/** The environment that pqx was started with: `NAME=value` byte texts in order, whatever they hold. */
export function rawEnvironment(): readonly string[] {
  const raw = LINUX && libc !== undefined ? readProc(libc, '/proc/self/environ') : undefined;
  if (raw !== undefined) return splitAtNul(raw);
  return Object.entries(Bun.env).map(([name, value]) => `${name}=${value ?? ''}`);
}

/**
 * Descriptors above 2 that were open when pqx was started. To be asked before anything is opened. Empty on macOS,
 * where the runtime leaves inherited descriptors as they are.
 */
export function inheritedDescriptors(): readonly number[] {
  return libc?.linux === undefined ? [] : inheritedAbove2(libc);
}

/** The working directory as a byte text; undefined when it was removed. */
export function currentDirectory(): string | undefined {
  const c = requireLibc();
  if (c.getcwd(answerAt, answer.length) !== null) return textOfBytes(untilNul(answer));
  if (lastError(c) !== 'ERANGE') return undefined;
  const larger = new Uint8Array(65_536);
  return c.getcwd(ptr(larger), larger.length) === null ? undefined : textOfBytes(untilNul(larger));
}

/** What is known of the file that `path` names, symbolic links followed; the system's error name when it cannot be told. */
export function factsOf(path: string): FileFacts | string {
  const c = requireLibc();
  if (c.linux === undefined) return factsByRuntime(bytesOfText(path));
  const cwd = -100;
  return statx(c, c.linux, cwd, path, 0);
}

/** Whether something stands at `path`, links followed: cheaper than its facts where there mostly is nothing. */
export function isThere(path: string): boolean {
  const cwd = LINUX ? -100 : -2;
  const exists = 0;
  return requireLibc().faccessat(cwd, cPath(path), exists, 0) === 0;
}

/** What is known of the file that a descriptor is open for. */
export function factsOfDescriptor(descriptor: number): FileFacts | string {
  const c = requireLibc();
  if (c.linux === undefined) return factsByRuntime(descriptor);
  const emptyPath = 0x1000;
  return statx(c, c.linux, descriptor, '', emptyPath);
}

/** Opens for reading, close-on-exec; what is no regular file is not waited for. Throws the system's error. */
export function openFile(path: string): number {
  return openForReading(requireLibc(), path, NON_BLOCKING);
}

/** The same for a path whose last part is no symbolic link; the system's error name when it cannot: ELOOP where it is one. */
export function openUnlinked(path: string): number | string {
  return tryOpenForReading(requireLibc(), path, NON_BLOCKING | NO_FOLLOW);
}

/**
 * Opens for appending, close-on-exec; makes it with mode 0600 where nothing stands. A FIFO without a reader is an error
 * and not waited for. Throws the system's error.
 */
export function openToAppend(path: string): number {
  // On macOS the mode is a variadic argument, which is not passed as others are.
  if (!LINUX) return process.getBuiltinModule('node:fs').openSync(path, 'a', 0o600);
  const c = requireLibc();
  const writeOnly = 0o1;
  const create = 0o100;
  const append = 0o2000;
  const closeOnExec = 0o2000000;
  const flags = writeOnly | create | append | NON_BLOCKING | closeOnExec;
  const descriptor = c.open(cPath(path), flags, 0o600);
  if (descriptor < 0) throw systemError('open', lastError(c), path);
  return descriptor;
}

/** At most `buffer.length` bytes, 0 at the end. Throws the system's error (EAGAIN, EISDIR, …). */
export function readSome(descriptor: number, buffer: Uint8Array): number {
  return buffer.length === 0 ? 0 : readInto(requireLibc(), descriptor, buffer);
}

/** Returns how many bytes were written, at least 1 of a `bytes` that is not empty. Throws the system's error (EAGAIN, EPIPE, …). */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : writeFrom(requireLibc(), descriptor, bytes);
}

export function closeFile(descriptor: number): void {
  requireLibc().close(descriptor);
}

/** Whether this process may execute `path` (which also asks the mount's `noexec`). */
export function mayExecute(path: string): boolean {
  const cwd = LINUX ? -100 : -2;
  const effectiveIds = LINUX ? 0x200 : 0x10;
  const executable = 1;
  return requireLibc().faccessat(cwd, cPath(path), executable, effectiveIds) === 0;
}

/** The path with symbolic links followed; undefined when it does not exist. */
export function realPath(path: string): string | undefined {
  const found = requireLibc().realpath(cPath(path), answerAt);
  return found === null ? undefined : textOfBytes(untilNul(answer));
}

/** Files that are pqx itself: a launch must not find them. */
export function ownFiles(): readonly string[] {
  return [LINUX ? '/proc/self/exe' : process.execPath];
}

/** The effective user and group. */
export function currentUser(): { readonly uid: number; readonly gid: number } {
  return { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 };
}

export function isTerminal(descriptor: number): boolean {
  return libc?.isatty(descriptor) === 1;
}

/** Ends pqx as a program ends whose reader has gone: by SIGPIPE. */
export function hangUpQuietly(): never {
  return dieOf(SIGPIPE);
}

/**
 * To be called before the first secret is read, and after `inheritedDescriptors` and `rawEnvironment`: from here on a
 * crash leaves no core, and no other process of this user can look into this one (THREAT-MODEL, core dumps).
 * execve gives the target back what `execInPlace` does not.
 */
export function secretsAhead(): HeldBack {
  const c = requireLibc();
  const core = forbidCore(c);
  const setDumpable = 4;
  c.linux?.prctl(setDumpable, 0n, 0n, 0n, 0n);
  return { core };
}

/** What keeps this build from starting it at all: nothing here. */
export function refusalOf(_execution: Execution): Fault | undefined {
  return undefined;
}

/** What the target would lose by exec in place: only a standard input that no pipe holds. */
export function lossByExec({ stdin }: Execution): string | undefined {
  return stdin === undefined || stdin.length <= PIPE_CAPACITY
    ? undefined
    : `its standard input is longer than a pipe holds (${PIPE_CAPACITY} bytes)`;
}

/**
 * Replaces this process by the program. Returns only when that failed: the system's error name.
 * Inherited descriptors, signal dispositions and limits are handed on as the caller had set them.
 */
export function execInPlace(execution: Execution): string {
  const c = requireLibc();
  const path = cString(execution.path);
  const words: Uint8Array[] = [];
  for (const word of execution.argv) words.push(bytesOfText(word));
  const argv = cVector(words);
  const environ = cVector(execution.environ);
  const unfed = execution.stdin === undefined ? undefined : feed(c, execution.stdin);
  if (unfed !== undefined) return unfed;
  handOn(c, execution);
  if (execution.program === undefined || c.linux === undefined)
    c.execve(ptr(path), ptr(argv.pointers), ptr(environ.pointers));
  else rareCalls().fexecve(execution.program, ptr(argv.pointers), ptr(environ.pointers));
  const code = lastError(c);
  environ.block.fill(0);
  // Read after the call, so that the vectors are kept until then.
  return argv.block.length > 0 ? code : 'EFAULT';
}

/** Ends this process by the signal, so that its parent sees it die of it; by status 128 + n where that cannot be. */
export function dieOf(signal: number): never {
  const c = requireLibc();
  forbidCore(c);
  c.signal(signal, SIG_DFL);
  const only = new BigUint64Array(16);
  only[0] = 1n << BigInt(signal - 1);
  const unblock = LINUX ? 1 : 2;
  const rare = rareCalls();
  rare.sigprocmask(unblock, ptr(only), null);
  rare.kill(process.pid, signal);
  // Another thread may be the one that takes it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  process.exit(128 + signal);
}

/** Whether this process is in the foreground group of its terminal; taken for granted where that cannot be told. */
export function isForeground(): boolean {
  const groups = LINUX ? groupsIn(readProcText(requireLibc(), '/proc/self/stat')) : undefined;
  return groups === undefined || groups.own === groups.foreground;
}

/** Whether a signal has stopped that process. */
export function isStopped(pid: number): boolean {
  return LINUX && stateIn(readProcText(requireLibc(), `/proc/${pid}/stat`)) === 'T';
}

function kindOf(mode: number): FileFacts['kind'] {
  const format = mode & 0o170000;
  if (format === 0o100000) return 'file';
  return format === 0o040000 ? 'directory' : 'other';
}

/** struct statx (statx(2)) is the same on every architecture, struct stat is not. */
function statx(
  c: Libc,
  linux: NonNullable<Libc['linux']>,
  from: number,
  path: string,
  flags: number,
): FileFacts | string {
  const basicStats = 0x7ff;
  if (linux.statx(from, cPath(path), flags, basicStats, answerAt) !== 0) return lastError(c);
  const word = (at: number) => answerWords[at / 4] ?? 0;
  const mode = word(28) & 0xffff;
  return {
    kind: kindOf(mode),
    mode: mode & 0o7777,
    uid: word(20),
    gid: word(24),
    size: word(40) + 0x1_0000_0000 * word(44),
    identity: `${word(136)}:${word(140)}:${word(36)}:${word(32)}`,
  };
}

function factsByRuntime(file: Uint8Array | number): FileFacts | string {
  const fs: typeof import('node:fs') = require('node:fs');
  const stat =
    typeof file === 'number'
      ? fs.fstatSync(file, { bigint: true })
      : fs.statSync(Buffer.from(file), { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return 'ENOENT';
  const mode = Number(stat.mode);
  return {
    kind: kindOf(mode),
    mode: mode & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: Number(stat.size),
    identity: `${stat.dev}:${stat.ino}`,
  };
}

function requireLibc(): Libc {
  if (libc !== undefined) return libc;
  // The engine obeys its own options, whatever else of its variables is disabled (build/harden.ts).
  const without = Object.keys(Bun.env).find((name) => /^BUN_JSC_use(?:JIT|BaselineJIT|FFI)/.test(name));
  throw new Fault(
    'launch',
    `the runtime cannot call the C library here, ${without === undefined ? 'as under a limit of address space' : `since ${without} is set`}`,
    { hint: without === undefined ? 'ulimit -v unlimited' : `env -u ${without} pqx COMMAND` },
  );
}
