/**
 * Reading files that others could have laid there: opened once, looked at and read through the same descriptor, so that
 * what was checked is what was read.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { currentUser } from '#system';
import { errnoOf, Fault, isMissing } from '../fault.ts';

/**
 * Who may do what with a file, and with its directory:
 * - `key`: others neither read nor write; `trusted`: others do not write; in both it belongs to this user or to root
 * - `plain`: nothing is asked, since what is in the file proves itself
 */
export type Policy = 'key' | 'trusted' | 'plain';

/**
 * The file's bytes. A missing file is the system's error (`isMissing`). Faults: `unsafe` when the policy does not hold,
 * with the chmod that mends it; `store` when it is no regular file, larger than `limit` bytes, or unreadable.
 */
export function readStoreFile(path: string, policy: Policy, limit: number): Uint8Array {
  const descriptor = open(path);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Fault('store', `${path} is not a regular file`);
    if (policy !== 'plain') {
      checkOwner(path, stats);
      checkMode(path, stats, policy);
      checkDirectory(dirname(path));
    }
    if (stats.size > limit) throw new Fault('store', `${path} is larger than ${limit} bytes`);
    return readDescriptor(descriptor, path, stats.size, limit);
  } finally {
    closeSync(descriptor);
  }
}

/** Not waiting for the other end, should a FIFO lie there. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) throw error;
    throw new Fault('store', `${path} cannot be opened (${errnoOf(error) ?? 'unknown error'})`, {
      hint: `ls -l ${path}`,
      cause: error,
    });
  }
}

function readDescriptor(descriptor: number, path: string, size: number, limit: number): Uint8Array {
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = readSome(descriptor, path, bytes, length);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > limit) throw new Fault('store', `${path} is larger than ${limit} bytes`);
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

function readSome(descriptor: number, path: string, bytes: Uint8Array, at: number): number {
  try {
    return readSync(descriptor, bytes, at, bytes.length - at, null);
  } catch (error) {
    throw new Fault('store', `${path} cannot be read (${errnoOf(error) ?? 'unknown error'})`, {
      cause: error,
    });
  }
}

function checkOwner(path: string, stats: Stats): void {
  const { uid } = currentUser();
  if (stats.uid === uid || stats.uid === 0 || uid === 0) return;
  throw new Fault('unsafe', `${path} belongs to user ${stats.uid}, who could change it at any time`, {
    hint: `ls -l ${path}`,
  });
}

function checkMode(path: string, stats: Stats, policy: 'key' | 'trusted'): void {
  const refused = policy === 'key' ? 0o077 : 0o022;
  if ((stats.mode & refused) === 0) return;
  const what = (stats.mode & 0o022) !== 0 ? 'write' : 'read';
  throw new Fault('unsafe', `others can ${what} ${path}`, {
    hint: `chmod ${policy === 'key' ? '600' : 'go-w'} ${path}`,
  });
}

function checkDirectory(directory: string): void {
  const stats = statSync(directory);
  checkOwner(directory, stats);
  if ((stats.mode & 0o022) === 0) return;
  throw new Fault('unsafe', `others can write the directory ${directory}`, {
    hint: `chmod 700 ${directory}`,
  });
}
