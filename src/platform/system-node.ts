/**
 * The doors to the system, for the Node build: what Node offers and /proc tells. `system-bun.ts` has the same
 * functions; what is lost here against it stands in FIDELITY.
 */
import {
  accessSync,
  type BigIntStats,
  closeSync,
  existsSync,
  constants as files,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf, Fault } from '../fault.ts';
import { bytesOfText, hasRawBytes, textOfBytes } from './bytes.ts';
import type { Execution, FileFacts, HeldBack } from './caller.ts';
import { inheritedUnderNode, type OpenDescriptor } from './descriptors.ts';
import { environmentObject } from './environment-node.ts';
import { executableLoss } from './executable-node.ts';
import { restoreFileLimit } from './limits-node.ts';
import { groupsIn, splitAtNul, stateIn } from './proc.ts';

const LINUX = process.platform === 'linux';
const SIGPIPE = 13;
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** The script's name and the arguments after it, as byte texts. */
export function rawArguments(): readonly string[] {
  const count = process.argv.length - 2;
  const raw = LINUX ? splitAtNul(readProc('/proc/self/cmdline')) : [];
  // Node's own options stand before the script: what counts is at the end.
  const args = raw.length >= count + 2 ? raw.slice(raw.length - count) : process.argv.slice(2);
  return [process.argv[1] ?? 'pqx', ...args];
}

/** The path by which this process was started: that of its script. */
export function startedAs(): string | undefined {
  return process.argv[1];
}

/** The environment that pqx was started with: `NAME=value` byte texts in order, whatever they hold. */
export function rawEnvironment(): readonly string[] {
  const raw = LINUX ? splitAtNul(readProc('/proc/self/environ')) : [];
  // Not by importing node:process: that makes streams of 0 to 2, and so makes pipes non-blocking for all their holders.
  const { env } = process;
  return raw.length > 0 ? raw : Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`);
}

/** Descriptors above 2 that were open when pqx was started. To be asked before anything is opened. */
export function inheritedDescriptors(): readonly number[] {
  return inheritedUnderNode(openDescriptors()).all;
}

/** The working directory as a byte text; undefined when it was removed. */
export function currentDirectory(): string | undefined {
  try {
    return LINUX ? textOfBytes(readlinkSync('/proc/self/cwd', 'buffer')) : process.cwd();
  } catch {
    return undefined;
  }
}

/** What is known of the file that `path` names, symbolic links followed; the system's error name when it cannot be told. */
export function factsOf(path: string): FileFacts | string {
  return factsFrom(() => statSync(pathBytes(path), { bigint: true }));
}

/** Whether something stands at `path`, links followed: cheaper than its facts where there mostly is nothing. */
export function isThere(path: string): boolean {
  return existsSync(pathBytes(path));
}

/** What is known of the file that a descriptor is open for. */
export function factsOfDescriptor(descriptor: number): FileFacts | string {
  return factsFrom(() => fstatSync(descriptor, { bigint: true }));
}

/** Opens for reading, close-on-exec; what is no regular file is not waited for. Throws the system's error. */
export function openFile(path: string): number {
  return openSync(pathBytes(path), files.O_RDONLY | files.O_NONBLOCK);
}

/** The same for a path whose last part is no symbolic link; the system's error name when it cannot: ELOOP where it is one. */
export function openUnlinked(path: string): number | string {
  try {
    return openSync(pathBytes(path), files.O_RDONLY | files.O_NONBLOCK | files.O_NOFOLLOW);
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  }
}

/**
 * Opens for appending, close-on-exec; makes it with mode 0600 where nothing stands. A FIFO without a reader is an error
 * and not waited for. Throws the system's error.
 */
export function openToAppend(path: string): number {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NONBLOCK } = files;
  return openSync(pathBytes(path), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0o600);
}

/** At most `buffer.length` bytes, 0 at the end. Throws the system's error (EAGAIN, EISDIR, …). */
export function readSome(descriptor: number, buffer: Uint8Array): number {
  return readSync(descriptor, buffer);
}

/** Returns how many bytes were written, at least 1 of a `bytes` that is not empty. Throws the system's error (EAGAIN, EPIPE, …). */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : writeSync(descriptor, bytes);
}

export function closeFile(descriptor: number): void {
  closeSync(descriptor);
}

/** Whether this process may execute `path` (which also asks the mount's `noexec`). */
export function mayExecute(path: string): boolean {
  try {
    accessSync(pathBytes(path), files.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path with symbolic links followed; undefined when it does not exist. */
export function realPath(path: string): string | undefined {
  try {
    return textOfBytes(realpathSync.native(pathBytes(path), 'buffer'));
  } catch {
    return undefined;
  }
}

/** Files that are pqx itself: a launch must not find them. */
export function ownFiles(): readonly string[] {
  const script = process.argv[1];
  if (script === undefined) return [];
  const beside = dirname(realPath(script) ?? script);
  return [script, join(beside, 'pqx'), join(beside, 'pqc-secrets'), join(beside, 'pqx.mjs')];
}

/** The effective user and group. */
export function currentUser(): { readonly uid: number; readonly gid: number } {
  return { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 };
}

export function isTerminal(descriptor: number): boolean {
  const facts = factsOfDescriptor(descriptor);
  if (typeof facts === 'string' || facts.kind !== 'other') return false;
  // Loads all of Node's networking: for what may be a terminal alone.
  return process.getBuiltinModule('node:tty').isatty(descriptor);
}

/** Ends pqx as a program ends whose reader has gone: by SIGPIPE. */
export function hangUpQuietly(): never {
  return dieOf(SIGPIPE);
}

/** Node can neither limit its core dumps nor keep other processes of this user from looking into it (THREAT-MODEL). */
export function secretsAhead(): HeldBack {
  return { core: undefined };
}

/** What keeps this build from starting it at all: Node hands on no argument that is not UTF-8. */
export function refusalOf(execution: Execution): Fault | undefined {
  const raw = execution.argv.findIndex(hasRawBytes);
  if (raw < 0) return undefined;
  return new Fault('launch', `argument ${raw} is not UTF-8, and the Node build cannot hand it on`, {
    hint: 'bin/pqx   is the standalone, which can',
  });
}

/** What the target would lose by exec in place, or why that might fail; undefined when it is safe. */
export function lossByExec(execution: Execution): string | undefined {
  if (process.execve === undefined) return 'this Node has no execve';
  if (execution.stdin !== undefined) return 'Node cannot put a pipe in the place of its own standard input';
  const { lost } = inheritedUnderNode(openDescriptors());
  const closed = execution.descriptors.filter((descriptor) => lost.includes(descriptor));
  if (closed.length > 0) return `execve of Node closes inherited descriptors (${closed.join(', ')})`;
  return executableLoss(execution);
}

/**
 * Replaces this process by the program, which `lossByExec` must have found safe: where execve fails, Node aborts.
 * Throws nothing and never returns; the type is the one that the standalone has.
 */
export function execInPlace(execution: Execution): string {
  if (process.execve === undefined) return 'ENOSYS';
  defaultDisposition('SIGPIPE');
  defaultDisposition('SIGXFSZ');
  restoreFileLimit();
  return process.execve(programPath(execution), [...execution.argv], environmentObject(execution.environ));
}

/** Ends this process by the signal, so that its parent sees it die of it; by status 128 + n where that cannot be. */
export function dieOf(signal: number): never {
  const name = SIGNAL_NAMES.get(signal);
  if (name !== undefined && name !== 'SIGKILL' && name !== 'SIGSTOP') defaultDisposition(name);
  process.kill(process.pid, signal);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  process.exit(128 + signal);
}

/** Whether this process is in the foreground group of its terminal; taken for granted where that cannot be told. */
export function isForeground(): boolean {
  const groups = LINUX ? groupsIn(textOfBytes(readProc('/proc/self/stat'))) : undefined;
  return groups === undefined || groups.own === groups.foreground;
}

/** Whether a signal has stopped that process. */
export function isStopped(pid: number): boolean {
  return LINUX && stateIn(textOfBytes(readProc(`/proc/${pid}/stat`))) === 'T';
}

/** Node ignores SIGPIPE and SIGXFSZ, and handles some others: removing the last listener sets the default. */
function defaultDisposition(signal: NodeJS.Signals): void {
  process.on(signal, () => undefined);
  process.removeAllListeners(signal);
}

/** By way of its descriptor where that names the file that is to be started. */
function programPath({ path, program }: Execution): string {
  return program === undefined || !LINUX ? path : `/proc/self/fd/${program}`;
}

function factsFrom(ask: () => BigIntStats): FileFacts | string {
  try {
    const stat = ask();
    return {
      kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: Number(stat.size),
      identity: `${stat.dev}:${stat.ino}`,
    };
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  }
}

function openDescriptors(): readonly OpenDescriptor[] {
  if (!LINUX) return [];
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      // The descriptor that lists the directory is closed by now.
      return [{ number: Number(name), target, info: readFileSync(`/proc/self/fdinfo/${name}`, 'latin1') }];
    } catch {
      return [];
    }
  });
}

function readProc(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array(0);
  }
}

function pathBytes(path: string): Buffer {
  return Buffer.from(bytesOfText(path));
}
