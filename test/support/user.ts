import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type User, userIn } from './programs.ts';

/** A user with an empty home that is gone when the test ends. */
export function newUser(): User {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-test-')));
  onTestFinished(() => {
    // A test of modes may have made directories that only root could look into.
    spawnSync('chmod', ['-R', 'u+rwX', home]);
    rmSync(home, { recursive: true, force: true });
  });
  return userIn(home);
}
