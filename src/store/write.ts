/**
 * Writing files that people cannot lose: a temporary file in the same directory, fsync, rename, fsync of the directory.
 * A full disk or a kill at any point leaves the old file or the new one, whole.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { currentUser } from '#system';
import { hexEncode } from '../crypto/encoding.ts';
import { randomBytes } from '../crypto/random.ts';
import { errnoOf, Fault, isMissing } from '../fault.ts';

export interface WriteOptions {
  /** Permission bits of the new file. */
  readonly mode: number;
  /** Keeps the former file under this path (0600). */
  readonly backup?: string;
}

/**
 * Makes `bytes` the content of `path`; a symbolic link there is written through to its target. A Fault `store` says
 * what stands in the way, and then the former file is whole.
 */
export function writeStoreFile(path: string, bytes: Uint8Array, options: WriteOptions): void {
  const target = targetOf(path);
  const directory = dirname(target);
  refuseForeignDirectory(directory);
  const temporary = join(directory, `.${basename(target)}.${hexEncode(randomBytes(8))}.tmp`);
  try {
    sweep(directory, basename(target));
    writeNew(temporary, bytes, options.mode);
    if (options.backup !== undefined) keep(target, join(directory, basename(options.backup)));
    renameSync(temporary, target);
    syncDirectory(directory);
  } catch (error) {
    removeQuietly(temporary);
    if (error instanceof Fault) throw error;
    throw writeFault(path, error);
  }
}

/** Makes the directory, 0700, with the parents that it lacks. */
export function ensureStoreDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw writeFault(directory, error);
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw writeFault(path, error);
  }
}

/** Root in another user's directory (sudo) would leave files that the user cannot write any more. */
function refuseForeignDirectory(directory: string): void {
  if (currentUser().uid !== 0) return;
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid === 0) return;
  throw new Fault('store', `${directory} belongs to another user, and root only reads there`, {
    hint: `sudo -u '#${stats.uid}' pqx …`,
  });
}

function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    // Whatever the umask is.
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The former file under another name. Its bytes are never rewritten: a link where there can be one, else a copy. */
function keep(target: string, backup: string): void {
  const fresh = `${backup}.${hexEncode(randomBytes(8))}.tmp`;
  try {
    linkSync(target, fresh);
  } catch (error) {
    if (isMissing(error)) return;
    copyFileSync(target, fresh, constants.COPYFILE_EXCL);
  }
  chmodSync(fresh, 0o600);
  renameSync(fresh, backup);
}

/** Temporary files that a killed writer left. The caller holds the lock, so no writer that lives owns one. */
function sweep(directory: string, name: string): void {
  const left = new RegExp(
    `^\\.?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\.bak)?\\.[0-9a-f]{16}\\.tmp$`,
  );
  for (const entry of readdirSync(directory)) if (left.test(entry)) removeQuietly(join(directory, entry));
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some network file systems cannot; the rename is as durable there as they make it.
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(descriptor);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there, or its directory is not writable: then it was not made either.
  }
}

function writeFault(path: string, error: unknown): Fault {
  const code = errnoOf(error) ?? 'unknown error';
  const why: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EROFS: 'the file system is read-only',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    ENOENT: 'its directory does not exist',
  };
  return new Fault('store', `${path} cannot be written: ${why[code] ?? code}; nothing was changed`, {
    hint: code === 'ENOSPC' || code === 'EDQUOT' ? `df -h ${dirname(path)}` : `ls -ld ${dirname(path)}`,
    cause: error,
  });
}
