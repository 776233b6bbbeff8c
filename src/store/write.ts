/**
 * Writing files that people cannot lose: a temporary file in the same directory, fsync, rename, fsync of the directory.
 * A full disk or a kill at any system call leaves the old file or the new one, whole.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { errnoOf, Fault, isMissing } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { refuseForeignDirectory } from './sudo.ts';
import { leftBehind, temporaryName, thisWriter, type Writer } from './temporary.ts';
import { writeFault } from './write-fault.ts';

export interface WriteOptions {
  /** Permission bits of the new file. */
  readonly mode: number;
  /** A file name: the former file is kept under it (0600), beside the new one. */
  readonly backup?: string;
}

interface Work {
  readonly directory: string;
  readonly writer: Writer;
  /** The temporary files so far. */
  readonly written: string[];
}

/** How many symbolic links are followed before they are taken for a circle, as the kernel does. */
const MOST_LINKS = 40;

/**
 * Makes `bytes` the content of `path`; a symbolic link there is written through to its target, also to one that does not
 * exist yet. A Fault `store` says what stands in the way, and then the former file is whole.
 */
export function writeStoreFile(path: string, bytes: Uint8Array, options: WriteOptions): void {
  const target = targetOf(path);
  const directory = dirname(target);
  refuseForeignDirectory(directory);
  const name = basename(target);
  const backup = options.backup === undefined ? undefined : basename(options.backup);
  const work: Work = { directory, writer: thisWriter(), written: [] };
  try {
    requireReplaceable(target);
    const fresh = writeNew(work, name, bytes, options.mode);
    sweep(work, backup === undefined ? [name] : [name, backup], fresh);
    if (backup !== undefined) keepFormer(work, target, backup);
    renameSync(fresh, target);
  } catch (error) {
    for (const temporary of work.written) removeQuietly(temporary);
    throw error instanceof Fault ? error : writeFault(path, error);
  }
  makeDurable(path, directory);
}

/** The directory in which writing `path` makes its files, and whose lock (store/lock.ts) therefore guards them. */
export function directoryWritten(path: string): string {
  return dirname(targetOf(path));
}

/** The file that writing `path` makes or replaces: where its links end, also when nothing is there yet. */
export function fileWritten(path: string): string {
  return targetOf(path);
}

/** Makes the directory, 0700, with the parents that it lacks. A Fault `store` when it cannot. */
export function ensureStoreDirectory(directory: string): void {
  refuseForeignDirectory(directory);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw writeFault(directory, error);
  }
}

/** Where the links end. Not `realpath` alone: that has no answer for a link whose target is not there yet. */
function targetOf(path: string): string {
  try {
    let target = path;
    for (let links = 0; links <= MOST_LINKS; links += 1) {
      if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
        return join(realpathSync(dirname(target)), basename(target));
      }
      const link = readlinkSync(target);
      target = isAbsolute(link) ? link : join(realpathSync(dirname(target)), link);
    }
    throw Object.assign(new Error('ELOOP'), { code: 'ELOOP' });
  } catch (error) {
    throw writeFault(path, error);
  }
}

/** A rename would put a file in the place of a device, and fail late on a directory. */
function requireReplaceable(target: string): void {
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return;
  const what = stats.isDirectory() ? 'a directory' : 'not a regular file';
  throw new Fault('store', `${target} cannot be written: it is ${what}`, {
    hint: `ls -ld ${shellWord(target)}`,
  });
}

/** A complete file under a temporary name, which is returned, and recorded as soon as it exists. */
function writeNew(work: Work, name: string, bytes: Uint8Array, mode: number): string {
  const path = join(work.directory, temporaryName(name, work.writer));
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, 0o600);
  work.written.push(path);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    // Whatever the umask is.
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return path;
}

/** A copy, since a second link would have its mode changed together with the file that is still in use. */
function keepFormer(work: Work, target: string, backup: string): void {
  let former: Uint8Array;
  try {
    former = readFileSync(target);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  renameSync(writeNew(work, backup, former, 0o600), join(work.directory, backup));
}

/** What killed writers left. `fresh` has just been written: it tells the time of its file system. */
function sweep({ directory, writer }: Work, names: readonly string[], fresh: string): void {
  const entries = readdirSync(directory);
  const now = statSync(fresh).mtimeMs;
  const age = (entry: string) =>
    now - (statSync(join(directory, entry), { throwIfNoEntry: false })?.mtimeMs ?? now);
  for (const name of names) {
    for (const left of leftBehind(entries, name, writer, age)) removeQuietly(join(directory, left));
  }
}

/** The rename has happened: what fails from here on leaves the new file, and only its survival of a power loss open. */
function makeDurable(path: string, directory: string): void {
  try {
    const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // Some file systems have no fsync for directories, and a directory may be writable but not readable.
    const code = errnoOf(error) ?? '';
    if (['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF', 'EACCES', 'EISDIR'].includes(code)) return;
    throw new Fault('store', `${path} was written, but the disk did not confirm it (${code})`, {
      hint: 'sync',
      cause: error,
    });
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It has its final name by now, another writer was faster, or the directory has become read-only.
  }
}
