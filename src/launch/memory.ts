/**
 * Places in memory, and the private directories in them: `pqx-<uid>/<random>/`, with the records of who uses it and the
 * files themselves under `files/`. The name of a place proves nothing; the file system does.
 */
import { closeFile, factsOf, writeSome } from '#system';
import { createFile, fileSystemType, linkTarget, makeDirectory, renameEntry, smallFile } from '#trap';
import { errnoOf, Fault } from '../fault.ts';
import { bytesOfText } from '../platform/bytes.ts';
import { shellWord } from '../quote.ts';
import { directoryOf, withoutEnd } from '../store/paths.ts';
import { type Role, readRecord, recordText, type User, userOf } from './users.ts';

/** What a private directory says of its fixed paths (links.ts). */
export const LINKS = 'links';
const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

/** Where directories of config files may be, best first: absolute paths. */
export function placesInMemory(runtimeDirectory: string | undefined): readonly string[] {
  const named = runtimeDirectory?.startsWith('/') === true ? [withoutEnd(runtimeDirectory)] : [];
  return [...named, '/dev/shm'];
}

/** The first place that is memory, and in which nobody can replace what is this user's. A Fault `launch` without one. */
export function placeInMemory(runtimeDirectory: string | undefined, uid: number): string {
  const place = placesInMemory(runtimeDirectory).find((path) => isMemory(path) && isSafe(path, uid));
  if (place !== undefined) return place;
  throw new Fault(
    'launch',
    'there is no file system in memory for config files, and they never go to a disk',
    {
      hint: 'findmnt -t tmpfs,ramfs   lists those that are; XDG_RUNTIME_DIR names the one to use',
    },
  );
}

function isMemory(path: string): boolean {
  const type = fileSystemType(path);
  return type === TMPFS || type === RAMFS;
}

/** This user's or root's; where others write too, only with the sticky bit, as in /tmp. */
function isSafe(path: string, uid: number): boolean {
  const facts = factsOf(path);
  if (typeof facts === 'string' || facts.kind !== 'directory') return false;
  return (
    (facts.uid === uid || facts.uid === 0) && ((facts.mode & 0o022) === 0 || (facts.mode & 0o1000) !== 0)
  );
}

export function ownDirectory(place: string, uid: number): string {
  return `${place}/pqx-${uid}`;
}

/** Where the files of the private directory are. */
export function filesIn(directory: string): string {
  return `${directory}/files`;
}

/**
 * Makes the private directory, with the record of this process in it. It gets its name last, so that whoever sees it
 * sees the record too; until then its name ends with the number of this process. `directory` is `ownDirectory(…)/<random>`. A Fault `unsafe` when `pqx-<uid>` is not this user's
 * alone, `launch` when the file system does not take it.
 */
export function makePrivateDirectory(directory: string, uid: number): void {
  const self = userOf('self');
  if (self === undefined) throw new Fault('launch', '/proc is not there, and config files need it');
  // Others who sweep may remove what is unfinished, or the empty directory around it: then it is made again.
  for (let tries = 100; ; tries -= 1) {
    const code = tryToMake(directory, uid, self);
    if (code === undefined) return;
    if (code !== 'ENOENT' || tries === 0) throw unmade(directory, code);
  }
}

function tryToMake(directory: string, uid: number, self: User): string | undefined {
  const own = directory.slice(0, directory.lastIndexOf('/'));
  const code = makeDirectory(own);
  if (code !== undefined && code !== 'EEXIST') return code;
  if (code === 'EEXIST') requireOwn(own, uid);
  const unfinished = `${directory}.${self.pid}`;
  const failed =
    makeDirectory(unfinished) ?? recorded(unfinished, 'pqx', self) ?? makeDirectory(filesIn(unfinished));
  return failed ?? renameEntry(unfinished, directory);
}

/** Undefined when the record was written, else the system's error name. */
export function recorded(directory: string, role: Role, user: User): string | undefined {
  try {
    writeNew(`${directory}/${role}`, 0o600, bytesOfText(recordText(user)));
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  }
}

export function recordOf(directory: string, role: Role): User | undefined {
  return readRecord(smallFile(`${directory}/${role}`) ?? '');
}

/** Throws the system's error. */
export function writeNew(path: string, mode: number, bytes: Uint8Array): void {
  const descriptor = createFile(path, mode);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSome(descriptor, bytes.subarray(at));
  } finally {
    closeFile(descriptor);
  }
}

/** Undefined for a directory that was made by this user, and that nobody else gets into. */
export function strangerIn(own: string, uid: number): string | undefined {
  if (linkTarget(own) !== undefined) return 'is a symbolic link';
  const facts = factsOf(own);
  if (typeof facts === 'string') return `cannot be looked at (${facts})`;
  if (facts.kind !== 'directory') return 'is no directory';
  if (facts.uid !== uid) return `belongs to user ${facts.uid}`;
  return (facts.mode & 0o077) === 0 ? undefined : 'is open to others';
}

function requireOwn(own: string, uid: number): void {
  const why = strangerIn(own, uid);
  if (why === undefined || why.endsWith('(ENOENT)')) return;
  throw new Fault('unsafe', `${own} ${why}, and config files are not laid there`, {
    hint: `ls -ld ${shellWord(own)}; rm -r ${shellWord(own)}   where it is in the way; XDG_RUNTIME_DIR names another place`,
  });
}

function unmade(directory: string, code: string): Fault {
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new Fault('launch', `${directory} could not be made (${code})`, {
    hint: full ? `df ${shellWord(directoryOf(directory))}; pqx gc` : 'pqx gc',
  });
}

export function fullFault(path: string, code: string): Fault {
  return new Fault('launch', `the config file ${path} could not be written (${code})`, {
    hint: `df ${shellWord(directoryOf(path))}; pqx gc   removes what dead launches left`,
  });
}
