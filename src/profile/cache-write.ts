/** Keeps a validated profile file (profile/cache.ts finds it). */
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '../crypto/wipe.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import type { ProfileFile } from './types.ts';

const KEPT_FILES = 16;

/** Best effort: a launch does not fail for it, and a config directory is not made for it. */
export function writeCache(directory: string, name: string, file: ProfileFile): void {
  try {
    if (statSync(join(directory, '..'), { throwIfNoEntry: false }) === undefined) return;
    ensureStoreDirectory(directory);
    writeStoreFile(join(directory, name), utf8(JSON.stringify(file)), { mode: 0o600 });
    prune(directory);
  } catch {
    // Read-only, full, or another user's: the next launch parses again.
  }
}

/** Keeps the newest files. */
function prune(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  if (files.length <= KEPT_FILES) return;
  const aged = files.map((name) => ({ name, age: statSync(join(directory, name)).mtimeMs }));
  aged.sort((a, b) => b.age - a.age);
  for (const { name } of aged.slice(KEPT_FILES)) unlinkSync(join(directory, name));
}
