/**
 * One writer at a time, across processes, containers and machines. The kernel holds the lock for an open file (flock(2)):
 * it ends with the process however that ends. So nothing is ever left to be cleaned or taken over, and nobody has to
 * judge from elsewhere whether an owner lives.
 */
import { closeSync, constants, fstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '#lock';
import { randomBytes } from '../crypto/random.ts';
import { errnoOf, Fault } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { isOfOneMachine, magicOf } from './file-system.ts';
import { refuseForeignDirectory } from './sudo.ts';
import { writeFault } from './write-fault.ts';

/** How long other writers are waited for, in milliseconds. */
const PATIENCE_MS = 60_000;
/** The longest pause between two tries, in milliseconds. */
const LONGEST_PAUSE_MS = 100;
const LOCK_FILE = '.pqx.lock';

/**
 * Runs `work` while no other pqx writes in `directory`, which must exist. What is locked is the directory itself, so that
 * nothing is left lying in it. But file systems that other machines share lock directories for one machine alone, and
 * exclusively only what is open for writing: there it is a file in the directory, `.pqx.lock`, which stays.
 *
 * Not to be called again within `work` for the same directory: that would wait for itself. Faults `store`: another
 * writer does not finish within `patience` milliseconds; the directory is not there; the file system has no locks; root
 * in another user's directory (sudo).
 */
export async function withLock<T>(
  directory: string,
  work: () => Promise<T>,
  patience = PATIENCE_MS,
): Promise<T> {
  refuseForeignDirectory(directory);
  const descriptor = await acquire(directory, performance.now() + patience);
  try {
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

/**
 * As `withLock`, for several directories: each is locked once, whatever paths it is named by. Whoever needs several takes
 * them in the same order, lest two wait for each other: the bundle's directory, then the config directory.
 */
export async function withLocks<T>(directories: readonly string[], work: () => Promise<T>): Promise<T> {
  const distinct = [...new Set(directories.map(realDirectory))];
  const locked = distinct.reduceRight<() => Promise<T>>(
    (inner, directory) => () => withLock(directory, inner),
    work,
  );
  return locked();
}

function realDirectory(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    throw writeFault(directory, error);
  }
}

/** The descriptor that holds the lock until it is closed. */
async function acquire(directory: string, deadline: number): Promise<number> {
  const ofOneMachine = isOfOneMachine(magicOf(directory));
  const path = ofOneMachine ? directory : join(directory, LOCK_FILE);
  const flags = ofOneMachine
    ? constants.O_RDONLY | constants.O_DIRECTORY
    : constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  for (;;) {
    const descriptor = open(path, flags);
    try {
      await waitFor(descriptor, directory, deadline);
      // Whoever replaced the directory in the meantime, or removed the file, has made room for a second lock.
      if (isStill(descriptor, path)) return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
  }
}

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw writeFault(path, error);
  }
}

async function waitFor(descriptor: number, directory: string, deadline: number): Promise<void> {
  for (let tries = 1; !lockNow(descriptor, directory); tries += 1) {
    if (performance.now() > deadline) {
      throw new Fault('store', `another pqx has been writing in ${directory} for a while, and still is`, {
        hint: 'lslocks   shows who holds it',
      });
    }
    const longest = Math.min(5 * tries, LONGEST_PAUSE_MS);
    // Of different length for each, lest all who wait wake at once.
    const pause = (longest * (128 + (randomBytes(1)[0] ?? 0) / 2)) / 256;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function lockNow(descriptor: number, directory: string): boolean {
  try {
    return tryLock(descriptor);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'store',
      `${directory} cannot be locked for writing: its file system has no locks (${errnoOf(error) ?? 'unknown error'})`,
      { hint: `findmnt -T ${shellWord(directory)}`, cause: error },
    );
  }
}

function isStill(descriptor: number, path: string): boolean {
  const [held, there] = [fstatSync(descriptor), statSync(path, { throwIfNoEntry: false })];
  return there !== undefined && held.dev === there.dev && held.ino === there.ino;
}
