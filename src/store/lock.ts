import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '#lock';
import { errnoOf, Fault } from '../fault.ts';

/** How long another writer is waited for, in milliseconds, and how long between two tries. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 15;

/**
 * Runs `work` while no other pqx writes in `directory`. The kernel holds the lock for the open descriptor: it ends with
 * the process however that ends, and holds across pid namespaces. The directory itself is locked, so nothing is left
 * lying; where the file system locks only what is open for writing (NFS), a file `.pqx.lock` in it.
 * Throws a Fault `store` when another writer does not finish within a minute.
 */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const descriptor = await acquire(directory);
  try {
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

async function acquire(directory: string): Promise<number> {
  let descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const started = performance.now();
  for (;;) {
    try {
      if (tryLock(descriptor)) return descriptor;
    } catch (error) {
      closeSync(descriptor);
      if (errnoOf(error) !== 'EBADF' && errnoOf(error) !== 'ENOLCK') throw error;
      descriptor = openSync(
        join(directory, '.pqx.lock'),
        constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
        0o600,
      );
      if (tryLock(descriptor)) return descriptor;
    }
    if (performance.now() - started > PATIENCE_MS) {
      closeSync(descriptor);
      throw new Fault('store', `another pqx has been writing in ${directory} for a minute`, {
        hint: `lsof ${directory}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
