/** The process that waits for a passphrase: what can be made of it from outside, by a signal and a look at /proc. */
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { pqxOnTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';

const PASSPHRASE = 'correct horse public';

function underPassphrase(): User {
  const user = newUser();
  cpSync(join(root, 'test', 'fixtures', 'v2-passphrase'), user.config, { recursive: true });
  user.shell('chmod 700 "$PQC_CONFIG_DIR"; chmod 600 "$PQC_CONFIG_DIR"/*');
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  sh: { command: sh, env: { A: ZENMUX_API_KEY } }\n',
  );
  return user;
}

/** The arguments of every process there is. */
function allArguments(): string {
  return globSync('/proc/[0-9]*/cmdline').map(read).join('\n');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each([
    ['a word', ['verify']],
    ['a launch', ['sh', '-c', 'echo "$A"']],
  ])('%s: SIGUSR1 opens no inspector, and no argument holds the passphrase', async (_, args) => {
    const user = underPassphrase();
    const session = pqxOnTerminal(user, build, args);
    await session.shows('Passphrase of ');
    if (build === 'standalone') {
      expect(read(`/proc/${session.pid}/limits`)).toMatch(/^Max core file size +0 /m);
      // Root sees into everything.
      if (process.getuid?.() !== 0) expect(read(`/proc/${session.pid}/environ`)).toBe('');
    } else {
      process.kill(session.pid, 'SIGUSR1');
    }
    session.type(PASSPHRASE);
    expect(allArguments()).not.toContain('horse');
    session.type('\r');
    const { shown, status } = await session.ended;
    expect(status).toBe(0);
    expect(shown).not.toMatch(/listening|inspector|debugger/i);
  });
});

test('SIGUSR1 ends the standalone, as it ends any program that does not ask for it', async () => {
  const session = pqxOnTerminal(underPassphrase(), 'standalone', ['verify']);
  await session.shows('Passphrase of ');
  process.kill(session.pid, 'SIGUSR1');
  const { shown, signal } = await session.ended;
  expect(signal).toBe(10);
  expect(shown).not.toMatch(/listening/i);
});
