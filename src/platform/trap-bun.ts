/**
 * Doors for config files in memory, for the standalone: making and removing them, and processes that outlive pqx.
 * `trap-node.ts` has the same functions. Loaded only by launches with files; without `node:fs` until something is removed.
 */

import { bytesOfText, textOfBytes } from './bytes.ts';
import { type Started, systemError } from './caller.ts';
import { errnoName } from './errno.ts';
import { dlopen, ptr } from './ffi-bun.ts';
import { cString, cVector, type Libc, lastError, libc, readWholeFile, untilNul } from './libc.ts';
import { removeTreeBy } from './remove-tree.ts';

const I = 'i32';
const P = 'ptr';
const SIGCHLD = 17;
const SIG_DFL = 0n;
const SIG_IGN = 1n;
/** The descriptor under which the program itself is handed to what it starts. */
const PROGRAM = 3;
/** O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, and O_NOFOLLOW, whose number arm64 has of its own. */
const CREATE = 0o2000301 | (process.arch === 'arm64' ? 0o100000 : 0o400000);
/** Linux has sizes of 336 bytes for the attributes and 80 for the actions (spawn.h of glibc). */
const ROOM = 512;

type Calls = ReturnType<typeof loadCalls>;
let calls: Calls | undefined;

function loadCalls() {
  const { symbols } = dlopen('libc.so.6', {
    statfs: { args: [P, P], returns: I },
    mkdir: { args: [P, 'u32'], returns: I },
    chmod: { args: [P, 'u32'], returns: I },
    fchmod: { args: [I, 'u32'], returns: I },
    rmdir: { args: [P], returns: I },
    rename: { args: [P, P], returns: I },
    posix_spawn: { args: [P, P, P, P, P, P], returns: I },
    posix_spawnattr_init: { args: [P], returns: I },
    posix_spawnattr_setflags: { args: [P, 'i16'], returns: I },
    posix_spawnattr_setsigmask: { args: [P, P], returns: I },
    posix_spawn_file_actions_init: { args: [P], returns: I },
    posix_spawn_file_actions_addopen: { args: [P, I, P, I, 'u32'], returns: I },
    waitpid: { args: [I, P, I], returns: I },
    syscall: { args: ['i64', 'i64', 'i64', 'i64', 'i64'], returns: 'i64' },
    poll: { args: [P, 'u64', I], returns: I },
    chdir: { args: [P], returns: I },
    readlink: { args: [P, P, 'u64'], returns: 'i64' },
    _exit: { args: [I], returns: 'void' },
  });
  return symbols;
}

function c(): Libc & Calls {
  if (libc?.linux === undefined) throw systemError('dlopen', 'ENOSYS');
  calls ??= loadCalls();
  return Object.assign(calls, libc);
}

/** The magic number of the file system that `path` lies on (statfs(2)); 0 when it cannot be told. */
export function fileSystemType(path: string): number {
  const buffer = new BigUint64Array(32);
  if (c().statfs(ptr(cString(path)), ptr(buffer)) !== 0) return 0;
  return Number((buffer[0] ?? 0n) & 0xffff_ffffn);
}

/** A directory for this user alone, whatever the umask. Undefined when it was made, else the system's error name. */
export function makeDirectory(path: string): string | undefined {
  const name = cString(path);
  if (c().mkdir(ptr(name), 0o700) !== 0) return lastError(c());
  return c().chmod(ptr(name), 0o700) === 0 ? undefined : lastError(c());
}

/** A new file, open for writing, with exactly these permission bits. Throws the system's error. */
export function createFile(path: string, mode: number): number {
  const descriptor = c().open(ptr(cString(path)), CREATE, 0o600);
  if (descriptor < 0) throw systemError('open', lastError(c()), path);
  c().fchmod(descriptor, mode);
  return descriptor;
}

/** Undefined when it was done, else the system's error name. */
export function renameEntry(from: string, to: string): string | undefined {
  return c().rename(ptr(cString(from)), ptr(cString(to))) === 0 ? undefined : lastError(c());
}

/** Only when it is empty. */
export function removeEmptyDirectory(path: string): void {
  c().rmdir(ptr(cString(path)));
}

/** With all that is in it; links are removed, not followed. Throws the system's error. */
export function removeTree(path: string): void {
  const fs: typeof import('node:fs') = require('node:fs');
  removeTreeBy(fs, path);
}

/** What stands in the directory; nothing when it cannot be read. */
export function namesIn(path: string): readonly string[] {
  const directoryOnlyCloseOnExec = process.arch === 'arm64' ? 0o2040000 : 0o2200000;
  const directory = c().open(ptr(cString(path)), directoryOnlyCloseOnExec, 0);
  if (directory < 0) return [];
  const names: string[] = [];
  const buffer = new Uint8Array(32_768);
  for (;;) {
    const filled = Number(c().linux?.getdents64(directory, ptr(buffer), BigInt(buffer.length)) ?? 0);
    if (filled <= 0) break;
    // struct linux_dirent64 (getdents(2)): its length stands at 16, its name from 19 on.
    for (let at = 0; at < filled; at += (buffer[at + 16] ?? 0) + 256 * (buffer[at + 17] ?? 0)) {
      const name = textOfBytes(untilNul(buffer.subarray(at + 19, filled)));
      if (name !== '.' && name !== '..') names.push(name);
    }
  }
  c().close(directory);
  return names;
}

/** What a symbolic link points to; undefined when there is none. */
export function linkTarget(path: string): string | undefined {
  const buffer = new Uint8Array(4096);
  const length = Number(c().readlink(ptr(cString(path)), ptr(buffer), BigInt(buffer.length)));
  return length < 0 ? undefined : textOfBytes(buffer.subarray(0, length));
}

/** A small file, as under /proc; undefined when it cannot be read. */
export function smallFile(path: string): string | undefined {
  try {
    return textOfBytes(readWholeFile(c(), path, 65_536));
  } catch {
    return undefined;
  }
}

/**
 * Starts this program again with `args`, as nobody's child: in a session of its own, without environment, with /dev/null
 * as 0 to 2. A shell stands between, since it starts in a tenth of this program's time, and has ended when this is over.
 * Throws the system's error.
 */
export function startOrphan(args: readonly string[]): Started {
  return startAlone('/bin/sh', ['sh', '-c', '"$@" &', 'sh', `/proc/self/fd/${PROGRAM}`, ...args]);
}

/** The same as a child, which is left alone when this process ends. */
export function startChild(args: readonly string[]): Started {
  return startAlone(`/proc/self/fd/${PROGRAM}`, ['pqx', ...args]);
}

function startAlone(path: string, argv: readonly string[]): Started {
  const attributes = new Uint8Array(ROOM);
  const actions = new Uint8Array(ROOM);
  const nothing = cString('/dev/null');
  // As an open file: the one at its path may be another by now.
  const program = cString('/proc/self/exe');
  const noSignals = new Uint8Array(128);
  const pid = new Int32Array(1);
  const file = cString(path);
  const args = cVector(argv.map(bytesOfText));
  const environ = cVector([]);
  const [readAndWrite, pathOnly] = [2, 0o10000000];
  const sessionAndMask = 0x80 | 0x08;
  c().posix_spawnattr_init(ptr(attributes));
  c().posix_spawnattr_setflags(ptr(attributes), sessionAndMask);
  c().posix_spawnattr_setsigmask(ptr(attributes), ptr(noSignals));
  c().posix_spawn_file_actions_init(ptr(actions));
  for (const descriptor of [0, 1, 2])
    c().posix_spawn_file_actions_addopen(ptr(actions), descriptor, ptr(nothing), readAndWrite, 0);
  c().posix_spawn_file_actions_addopen(ptr(actions), PROGRAM, ptr(program), pathOnly, 0);
  // A caller may ignore it, and then nothing could be waited for.
  const before = c().signal(SIGCHLD, SIG_DFL);
  const code = c().posix_spawn(
    ptr(pid),
    ptr(file),
    ptr(actions),
    ptr(attributes),
    ptr(args.pointers),
    ptr(environ.pointers),
  );
  // Read after the call, so that the vectors are kept until then.
  if (code !== 0 || args.block.length === 0 || environ.block.length === 0)
    throw systemError('posix_spawn', errnoName(code, process.platform), path);
  const started = pid[0] ?? 0;
  return { pid: started, ended: () => Promise.resolve(reap(started, BigInt(before ?? 0))) };
}

/** A SIGCHLD that the caller has blocked would wait for the target: ignoring the signal forgets it. */
function reap(pid: number, disposition: bigint): number {
  const status = new Int32Array(1);
  while (c().waitpid(pid, ptr(status), 0) < 0 && lastError(c()) === 'EINTR');
  c().signal(SIGCHLD, SIG_IGN);
  c().signal(SIGCHLD, disposition);
  return status[0] ?? 0;
}

/** Until the process has ended (a zombie has), when it still is the one that started then. */
export function waitForEnd(pid: number, stillIt: () => boolean): Promise<void> {
  const pidfdOpen = 434n;
  const descriptor = Number(c().syscall(pidfdOpen, BigInt(pid), 0n, 0n, 0n));
  if (descriptor < 0) return pollForEnd(stillIt);
  // Asked after it was opened: from here on the number cannot come to mean another process.
  if (stillIt()) {
    const readable = 1;
    const polled = new Int32Array([descriptor, readable]);
    while (c().poll(ptr(polled), 1n, -1) < 1);
  }
  c().close(descriptor);
  return Promise.resolve();
}

/** Kernels before 5.3 have no pidfd. */
async function pollForEnd(stillIt: () => boolean): Promise<void> {
  while (stillIt()) await Bun.sleep(200);
}

/** What a guard does not care for: it ends when what it guards has ended. */
export function ignoreSignals(numbers: readonly number[]): void {
  for (const number of numbers) c().signal(number, SIG_IGN);
}

/** Stands in no directory that somebody may want to unmount. */
export function leaveDirectory(): void {
  c().chdir(ptr(cString('/')));
}

/** Ends this process at once. */
export function endNow(status: number): never {
  c()._exit(status);
  throw systemError('_exit', 'EINTR');
}
