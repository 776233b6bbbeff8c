/** `pin`: only the very file gets the keys. Both builds, real programs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

function sha3(path: string): string {
  return execFileSync('openssl', ['dgst', '-sha3-256', '-r', path], { encoding: 'utf8' }).slice(0, 64);
}

function ready(): User & { readonly tool: string } {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'KEY=the-value\n' });
  const tool = join(user.home, 'bin', 'busybox');
  user.write('bin/.keep', '');
  copyFileSync('/bin/busybox', tool);
  chmodSync(tool, 0o755);
  return { ...user, tool };
}

function pinned(user: User, path: string, hash: string): void {
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    `version: 1
profiles:
  t:
    env: { KEY: KEY }
    pin: { path: ${path}, sha3_256: "${hash}" }
  unpinned: {}
`,
  );
}

const busybox = spawnSync('/bin/busybox', ['true']).status === 0;
const openssl = spawnSync('openssl', ['version']).status === 0;

describe.each(BUILD_NAMES)('%s', (build) => {
  test.skipIf(!busybox || !openssl)(
    'the pinned program, through a link too, starts with the keys and knows itself (needs busybox-static, openssl)',
    () => {
      const user = ready();
      symlinkSync(user.tool, join(user.home, 'bin', 'env'));
      pinned(user, '~/bin/busybox', sha3(user.tool));
      const link = join(user.home, 'bin', 'env');
      expect(user.ok(['-p', 't', link], { build }).stdout.split('\n')).toContain('KEY=the-value');
      const exe = user.ok(['-p', 't', user.tool, 'readlink', '/proc/self/exe'], { build }).stdout;
      expect(exe).toBe(`${user.tool}\n`);
      const list = ['ls', '/proc/self/fd'];
      const descriptors = user.ok(['-p', 't', user.tool, ...list], { build }).stdout;
      expect(descriptors).toBe(user.ok(['-p', 'unpinned', user.tool, ...list], { build }).stdout);
    },
  );

  test.skipIf(!busybox || !openssl)(
    'another file, or another place: 125, nothing started, the hash that it has (needs busybox-static, openssl)',
    () => {
      const user = ready();
      pinned(user, user.tool, 'a'.repeat(64));
      const changed = user.pqx(['-p', 't', user.tool, 'echo', 'started'], { build });
      expect(changed).toMatchObject({ status: 125, stdout: '' });
      expect(changed.stderr).toContain(`sha3_256: ${sha3(user.tool)}`);
      const explained = user.pqx(['explain', '-p', 't', user.tool], { build });
      expect(explained.status).toBe(1);
      expect(explained.stdout).toContain('its SHA3-256 differs');
      pinned(user, user.tool, sha3(user.tool));
      const other = user.pqx(['-p', 't', 'printenv', 'KEY'], { build });
      expect(other).toMatchObject({ status: 125, stdout: '' });
      expect(other.stderr).toContain('is not the executable that the profile pins');
    },
  );

  test.skipIf(!busybox || !openssl)(
    'a script is pinned by its own content, and sees its own name (needs busybox-static, openssl)',
    () => {
      const user = ready();
      const script = user.write('bin/script', '#!/bin/sh\necho "$0 $KEY"\n', 0o755);
      pinned(user, script, sha3(script));
      expect(user.ok(['-p', 't', script], { build }).stdout).toBe(`${script} the-value\n`);
      user.write('bin/script', '#!/bin/sh\necho "other $KEY"\n', 0o755);
      expect(user.pqx(['-p', 't', script], { build })).toMatchObject({ status: 125, stdout: '' });
    },
  );
});

test.skipIf(!busybox || !openssl || spawnSync('strace', ['-V']).status !== 0)(
  'a program that is replaced between check and start is not what is started (needs busybox-static, openssl, strace)',
  async () => {
    const user = ready();
    pinned(user, user.tool, sha3(user.tool));
    const evil = user.write('bin/evil', '#!/bin/sh\necho evil\n', 0o755);
    // The start waits for three seconds, in which the other file takes the program's place.
    const { spawn } = await import('node:child_process');
    const child = spawn(
      'strace',
      [
        ...['-f', '-o', '/dev/null', '-e', 'trace=execveat', '-e', 'inject=execveat:delay_enter=3000000'],
        ...[BUILDS.standalone[0], '-p', 't', user.tool, 'sh', '-c', 'echo honest'],
      ],
      { env: { ...user.env }, cwd: user.home, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    setTimeout(() => renameSync(evil, user.tool), 1500);
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toBe('honest\n');
  },
);
