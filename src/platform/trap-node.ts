/** Doors for config files in memory, for the Node build. `trap-bun.ts` has the same functions. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { errnoOf } from '../fault.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { type Started, systemError } from './caller.ts';
import { removeTreeBy } from './remove-tree.ts';

const SIGNAL_NAMES: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [15, 'SIGTERM'],
]);

/** The magic number of the file system that `path` lies on (statfs(2)); 0 when it cannot be told. */
export function fileSystemType(path: string): number {
  try {
    return Number(BigInt.asUintN(32, statfsSync(raw(path), { bigint: true }).type));
  } catch {
    return 0;
  }
}

/** A directory for this user alone, whatever the umask. Undefined when it was made, else the system's error name. */
export function makeDirectory(path: string): string | undefined {
  return codeOf(() => {
    mkdirSync(raw(path), 0o700);
    chmodSync(raw(path), 0o700);
  });
}

/** A new file, open for writing, with exactly these permission bits. Throws the system's error. */
export function createFile(path: string, mode: number): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(raw(path), flags, 0o600);
  fchmodSync(descriptor, mode);
  return descriptor;
}

/** Undefined when it was done, else the system's error name. */
export function renameEntry(from: string, to: string): string | undefined {
  return codeOf(() => renameSync(raw(from), raw(to)));
}

/** Only when it is empty. */
export function removeEmptyDirectory(path: string): void {
  codeOf(() => rmdirSync(raw(path)));
}

/** With all that is in it; links are removed, not followed. Throws the system's error. */
export function removeTree(path: string): void {
  removeTreeBy({ chmodSync, readdirSync, rmSync }, path);
}

/** What stands in the directory; nothing when it cannot be read. */
export function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(raw(path), 'buffer').map((name) => textOfBytes(name));
  } catch {
    return [];
  }
}

/** What a symbolic link points to; undefined when there is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return textOfBytes(readlinkSync(raw(path), 'buffer'));
  } catch {
    return undefined;
  }
}

/** A small file, as under /proc; undefined when it cannot be read. */
export function smallFile(path: string): string | undefined {
  try {
    return textOfBytes(readFileSync(raw(path)));
  } catch {
    return undefined;
  }
}

/**
 * Starts this program again with `args`, as nobody's child: in a session of its own, without environment, with /dev/null
 * as 0 to 2. A shell stands between, which has ended when this is over. Throws the system's error.
 */
export function startOrphan(args: readonly string[]): Started {
  return startAlone('/bin/sh', ['-c', '"$@" &', 'sh', ...program(), ...args]);
}

/** The same as a child, which is left alone when this process ends. */
export function startChild(args: readonly string[]): Started {
  const [node = '', ...script] = program();
  return startAlone(node, [...script, ...args]);
}

/** By the script's own name: that of a shim would be taken for the tool's. */
function program(): readonly string[] {
  return [process.execPath, realpathSync(process.argv[1] ?? '')];
}

function startAlone(path: string, args: readonly string[]): Started {
  const child = spawn(path, args, { detached: true, stdio: 'ignore', env: {}, cwd: '/' });
  const ended = new Promise<number>((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
  child.once('error', () => undefined);
  if (child.pid === undefined) throw systemError('spawn', existsSync(path) ? 'EAGAIN' : 'ENOENT', path);
  child.unref();
  return {
    pid: child.pid,
    ended: () => {
      child.ref();
      return ended;
    },
  };
}

/** Until the process has ended (a zombie has), when it still is the one that started then. */
export async function waitForEnd(_pid: number, stillIt: () => boolean): Promise<void> {
  while (stillIt()) await new Promise((resolve) => setTimeout(resolve, 200));
}

/** What a guard does not care for: it ends when what it guards has ended. */
export function ignoreSignals(numbers: readonly number[]): void {
  for (const number of numbers) {
    const name = SIGNAL_NAMES.get(number);
    if (name !== undefined) process.on(name, () => undefined);
  }
}

/** Stands in no directory that somebody may want to unmount. */
export function leaveDirectory(): void {
  process.chdir('/');
}

/** Ends this process at once. */
export function endNow(status: number): never {
  process.exit(status);
}

function codeOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  }
}

function raw(path: string): Buffer {
  return Buffer.from(bytesOfText(path));
}
