/**
 * Reading files that others could have laid there: opened once, looked at and read through the same descriptor, so that
 * what was checked is what was read. On the way to every launch: by the platform's doors, with few system calls.
 */
import {
  closeFile,
  currentUser,
  factsOf,
  factsOfDescriptor,
  openFile,
  openUnlinked,
  readSome,
  realPath,
} from '#system';
import { errnoOf, Fault, isMissing, saysMissing } from '../fault.ts';
import { type FileFacts, systemError } from '../platform/caller.ts';
import { shellWord } from '../quote.ts';
import { magicOf, modesAreMadeUp } from './file-system.ts';
import { directoryOf } from './paths.ts';

/** The largest file that is read, in bytes (FORMAT). */
export const FILE_LIMIT = 16 * 1024 * 1024;

/**
 * Who may do what with a file, and with its directory:
 * - `key`: others neither read nor write; `trusted`: others do not write; in both it belongs to this user or to root, and
 *   root takes what belongs to the owner of its directory (sudo)
 * - `own`: the same owners, and no more: the content counts by its hash, so that whoever writes it only unmakes its trust
 * - `plain`: nothing is asked, since what is in the file proves itself
 */
export type Policy = 'key' | 'trusted' | 'own' | 'plain';

/**
 * The file's bytes. A missing file is the system's error (`isMissing`). Faults: `unsafe` when the policy does not hold,
 * with the chmod that mends it; `store` when it is no regular file, larger than `limit` bytes, or unreadable.
 */
export function readStoreFile(path: string, policy: Policy, limit: number): Uint8Array {
  const bytes = readIfThere(path, policy, limit);
  if (bytes === undefined) throw missing(path);
  return bytes;
}

/** The same; undefined when there is no file. Nothing is thrown then: an error costs more than the file's reading. */
export function readIfThere(path: string, policy: Policy, limit: number): Uint8Array | undefined {
  const opened = open(path);
  if (opened === undefined) return undefined;
  const { descriptor, isLink } = opened;
  try {
    const facts = requireRegular(path, factsOfDescriptor(descriptor));
    if (policy === 'own') checkOwner(path, facts, ownerOf(directoryOf(path)));
    else if (policy !== 'plain') checkSafety(path, facts, policy, isLink);
    if (facts.size > limit) throw tooLarge(path, limit);
    return readAll(descriptor, path, facts.size, limit);
  } finally {
    closeFile(descriptor);
  }
}

/** That the file can be loaded: policy `trusted`, of a file that others than this open. Throws as `readStoreFile`. */
export function requireTrustedFile(path: string): void {
  const opened = open(path);
  if (opened === undefined) throw missing(path);
  const { descriptor, isLink } = opened;
  try {
    checkSafety(path, requireRegular(path, factsOfDescriptor(descriptor)), 'trusted', isLink);
  } finally {
    closeFile(descriptor);
  }
}

/** Whether something stands at `path`, whatever it is. A Fault `store` when that cannot be told. */
export function existsInStore(path: string): boolean {
  const facts = factsOf(path);
  if (typeof facts !== 'string') return true;
  if (saysMissing(facts)) return false;
  throw unreadable(path, facts);
}

function requireRegular(path: string, facts: FileFacts | string): FileFacts {
  const there = requireThere(path, facts);
  if (there.kind !== 'file') {
    const what = there.kind === 'directory' ? 'a directory, not a file' : 'not a regular file';
    throw new Fault('store', `${path} is ${what}`, { hint: `ls -ld ${shellWord(path)}` });
  }
  return there;
}

function requireThere(path: string, facts: FileFacts | string): FileFacts {
  if (typeof facts === 'string') throw unreadable(path, facts);
  return facts;
}

/** Undefined when nothing is there. Few paths are links: one that is not asked whether it is one costs no further call. */
function open(path: string): { readonly descriptor: number; readonly isLink: boolean } | undefined {
  const descriptor = openUnlinked(path);
  if (typeof descriptor === 'number') return { descriptor, isLink: false };
  if (saysMissing(descriptor)) return undefined;
  if (descriptor !== 'ELOOP') return notOpened(path, descriptor);
  try {
    return { descriptor: openFile(path), isLink: true };
  } catch (error) {
    if (isMissing(error)) return undefined;
    return notOpened(path, errnoOf(error), error);
  }
}

/** Undefined when it is gone by now. A socket cannot be opened at all. */
function notOpened(path: string, code: string | undefined, cause?: unknown): undefined {
  const facts = factsOf(path);
  if (typeof facts === 'string' && saysMissing(facts)) return undefined;
  requireRegular(path, facts);
  throw unreadable(path, code, cause);
}

function missing(path: string): Error {
  return systemError('open', 'ENOENT', path);
}

/** The file may grow while it is read; what it said of its size is where the buffer starts. */
function readAll(descriptor: number, path: string, size: number, limit: number): Uint8Array {
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = readOnce(descriptor, path, bytes.subarray(length));
    length += count;
    // A regular file gives less than is asked for only at its end.
    if (length < bytes.length) return bytes.subarray(0, length);
    if (length > limit) throw tooLarge(path, limit);
    const larger = new Uint8Array(bytes.length * 2);
    larger.set(bytes);
    bytes.fill(0);
    bytes = larger;
  }
}

function readOnce(descriptor: number, path: string, buffer: Uint8Array): number {
  try {
    return readSome(descriptor, buffer);
  } catch (error) {
    throw unreadable(path, errnoOf(error), error);
  }
}

/** The directories are asked by name: that of the path, and of a link the target's too. */
function checkSafety(path: string, facts: FileFacts, policy: 'key' | 'trusted', isLink: boolean): void {
  const directory = directoryOf(path);
  const owner = checkDirectory(directory);
  if (isLink) checkDirectory(directoryOf(realPath(path) ?? path));
  checkOwner(path, facts, owner);
  const refused = policy === 'key' ? 0o077 : 0o022;
  if ((facts.mode & refused) === 0 || modesMeanNothing(path, facts)) return;
  const what = (facts.mode & 0o022) !== 0 ? 'write' : 'read';
  throw new Fault('unsafe', `others can ${what} ${path}`, {
    hint: `chmod ${policy === 'key' ? '600' : 'go-w'} ${shellWord(path)}`,
  });
}

/** Returns the directory's owner. */
function checkDirectory(directory: string): number {
  const facts = requireThere(directory, factsOf(directory));
  checkOwner(directory, facts, facts.uid);
  if ((facts.mode & 0o022) === 0 || modesMeanNothing(directory, facts)) return facts.uid;
  throw new Fault('unsafe', `others can write the directory ${directory}`, {
    hint: `chmod go-w ${shellWord(directory)}`,
  });
}

function ownerOf(directory: string): number {
  return requireThere(directory, factsOf(directory)).uid;
}

/** `trustedByRoot`: whose files root takes besides its own. */
function checkOwner(path: string, facts: FileFacts, trustedByRoot: number): void {
  const { uid } = currentUser();
  if (facts.uid === uid || facts.uid === 0 || (uid === 0 && facts.uid === trustedByRoot)) return;
  throw new Fault('unsafe', `${path} belongs to user ${facts.uid}, who could change it at any time`, {
    hint: `sudo chown ${uid} ${shellWord(path)}   when what is in it is yours`,
  });
}

function modesMeanNothing(path: string, facts: FileFacts): boolean {
  return modesAreMadeUp(magicOf(path), facts.mode);
}

function tooLarge(path: string, limit: number): Fault {
  return new Fault('store', `${path} is larger than ${limit} bytes`, { hint: `ls -l ${shellWord(path)}` });
}

function unreadable(path: string, code: string | undefined, cause?: unknown): Fault {
  const denied = code === 'EACCES' || code === 'EPERM';
  const why = denied ? 'permission denied' : (code ?? 'unknown error');
  return new Fault('store', `${path} cannot be read: ${why}`, {
    hint: denied ? `namei -l ${shellWord(path)}   shows what is in the way` : `ls -l ${shellWord(path)}`,
    cause,
  });
}
