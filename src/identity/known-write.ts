/** Writing down which bundle stands where (identity/known.ts judges by it). */
import type { PrivateKey } from '../crypto/kem.ts';
import { Fault } from '../fault.ts';
import { type KnownBundle, readKnown } from '../store/known-file.ts';
import { type ChangeOptions, changeKnown } from '../store/known-file-write.ts';
import { fileWritten } from '../store/write.ts';
import { announced, judge, type Seen, settled } from './known.ts';

/** How long an opening waits to write down what it saw, in milliseconds: it can do so the next time. */
const PATIENCE_MS = 2000;

/**
 * Runs `write`, which puts `next` at `path` (undefined: a bundle of version 1, or none), and makes it the one that `key`'s
 * identity expects there. For every word that rewrites a bundle, once the former one was opened and judged; `key` is the
 * identity that will open the new one, and `directory` the config directory. Where both a former and a new identity may
 * be used on the path, as in a rotation, one call stands inside the other: the former must not take the former bundle
 * for the newest.
 *
 * A crash at any point leaves a bundle that opens without a question: another data key is written down as expected
 * before the write, next to the former. A Fault `store` when that cannot be done, and then nothing was changed. What is
 * left to write down afterwards is done where it can be: the next opening does the rest.
 */
export async function updatePin(
  directory: string,
  key: PrivateKey,
  path: string,
  next: Seen | undefined,
  write: () => Promise<void> | void,
  options: ChangeOptions = {},
): Promise<void> {
  const target = fileWritten(path);
  const before = (known: readonly KnownBundle[]) =>
    next === undefined ? settled(known, key, target, next) : announced(known, key, target, next);
  // Asked without the lock first: mostly there is nothing to announce, and it may be a directory that is only read.
  if (before(readKnown(directory)) !== undefined) await changeKnown(directory, before, options);
  await write();
  if (next !== undefined) await ifPossible(() => settle(directory, key, target, next, options));
}

/** Makes the bundle at `path` (real) the one that is expected there, whatever was before: `verify --accept`. */
export async function acceptPin(
  directory: string,
  key: PrivateKey,
  path: string,
  seen: Seen | undefined,
): Promise<void> {
  await settle(directory, key, path, seen, {});
}

/**
 * Writes down what was opened at `path` (real), unless it is older or another than expected. Tells whether that could be
 * done: not in a directory that is read-only, another user's (sudo) or missing, nor while another writes for long.
 */
export function recordPin(directory: string, key: PrivateKey, path: string, seen: Seen): Promise<boolean> {
  return ifPossible(() =>
    changeKnown(
      directory,
      (known) => {
        const verdict = judge(known, key, path, seen);
        const fresh = verdict.kind === 'first' || (verdict.kind === 'same' && !verdict.settled);
        return fresh ? settled(known, key, path, seen) : undefined;
      },
      { patience: PATIENCE_MS },
    ),
  );
}

function settle(
  directory: string,
  key: PrivateKey,
  path: string,
  seen: Seen | undefined,
  options: ChangeOptions,
): Promise<void> {
  return changeKnown(directory, (known) => settled(known, key, path, seen), options);
}

async function ifPossible(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Fault && (error.code === 'store' || error.code === 'unsafe')) return false;
    throw error;
  }
}
