/**
 * Reading files that others could have laid there: opened once, looked at and read through the same descriptor, so that
 * what was checked is what was read.
 */
import { closeFile, currentUser, factsOf, factsOfDescriptor, openFile, readSome } from '#system';
import { errnoOf, Fault, isMissing } from '../fault.ts';
import type { FileFacts } from '../platform/caller.ts';
import { directoryOf } from './paths.ts';

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
    const facts = factsOfDescriptor(descriptor);
    if (typeof facts === 'string') throw unreadable(path, facts);
    if (facts.kind !== 'file') throw new Fault('store', `${path} is not a regular file`);
    if (policy !== 'plain') {
      checkOwner(path, facts);
      checkMode(path, facts, policy);
      checkDirectory(directoryOf(path));
    }
    if (facts.size > limit) throw tooLarge(path, limit);
    return readAll(descriptor, path, facts.size, limit);
  } finally {
    closeFile(descriptor);
  }
}

/** Whether something stands at `path`, whatever it is. */
export function existsInStore(path: string): boolean {
  return typeof factsOf(path) !== 'string';
}

function open(path: string): number {
  try {
    return openFile(path);
  } catch (error) {
    if (isMissing(error)) throw error;
    throw unreadable(path, errnoOf(error), error);
  }
}

/** The file may grow while it is read; what it said of its size is where the buffer starts. */
function readAll(descriptor: number, path: string, size: number, limit: number): Uint8Array {
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = readOnce(descriptor, path, bytes.subarray(length));
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > limit) throw tooLarge(path, limit);
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes.fill(0);
      bytes = larger;
    }
  }
}

function readOnce(descriptor: number, path: string, buffer: Uint8Array): number {
  try {
    return readSome(descriptor, buffer);
  } catch (error) {
    throw unreadable(path, errnoOf(error), error);
  }
}

function checkOwner(path: string, facts: FileFacts): void {
  const { uid } = currentUser();
  if (facts.uid === uid || facts.uid === 0 || uid === 0) return;
  throw new Fault('unsafe', `${path} belongs to user ${facts.uid}, who could change it at any time`, {
    hint: `ls -l ${path}`,
  });
}

function checkMode(path: string, facts: FileFacts, policy: 'key' | 'trusted'): void {
  const refused = policy === 'key' ? 0o077 : 0o022;
  if ((facts.mode & refused) === 0) return;
  const what = (facts.mode & 0o022) !== 0 ? 'write' : 'read';
  throw new Fault('unsafe', `others can ${what} ${path}`, {
    hint: `chmod ${policy === 'key' ? '600' : 'go-w'} ${path}`,
  });
}

function checkDirectory(directory: string): void {
  const facts = factsOf(directory);
  if (typeof facts === 'string') throw unreadable(directory, facts);
  checkOwner(directory, facts);
  if ((facts.mode & 0o022) === 0) return;
  throw new Fault('unsafe', `others can write the directory ${directory}`, {
    hint: `chmod 700 ${directory}`,
  });
}

function tooLarge(path: string, limit: number): Fault {
  return new Fault('store', `${path} is larger than ${limit} bytes`);
}

function unreadable(path: string, code: string | undefined, cause?: unknown): Fault {
  return new Fault('store', `${path} cannot be read (${code ?? 'unknown error'})`, {
    hint: `ls -l ${path}`,
    cause,
  });
}
