/** Hints are typed as they stand, by a user whose directories have names that a shell would take apart. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAS_MEMORY } from '../files/place.ts';
import type { Options, User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const ODD = "it's $HOME; a home";

function ready(): User {
  const user = newUser();
  const home = join(user.home, ODD);
  mkdirSync(home, { mode: 0o700 });
  const config = join(home, 'config');
  const env = { ...user.env, HOME: home, PQC_CONFIG_DIR: config };
  const odd: User = {
    home,
    config,
    env,
    pqx: (args, options = {}) => user.pqx(args, { cwd: home, ...options, env: { ...env, ...options.env } }),
    ok(args, options = {}) {
      const result = odd.pqx(args, options);
      expect([args, result.stderr, result.status]).toEqual([args, expect.any(String), 0]);
      return result;
    },
    shell: (line, options = {}) =>
      user.shell(line, { cwd: home, ...options, env: { ...env, ...options.env } }),
    write(path, text, mode) {
      return user.write(join(ODD, path), text, mode);
    },
  };
  odd.ok(['init']);
  odd.ok(['set', 'A'], { input: 'value' });
  return odd;
}

/** Runs it, and what its hint says up to the words that explain it. */
function mended(user: User, args: readonly string[], options: Options = {}) {
  const refused = user.pqx(args, options);
  expect(refused.status).not.toBe(0);
  const hint = /^ {2}hint: (.+)$/m.exec(refused.stderr)?.[1] ?? '';
  const typed = hint.replace(/ {3}.*$/, '');
  const ran = user.shell(typed, options);
  expect([typed, ran.stderr, ran.status]).toEqual([typed, expect.any(String), 0]);
  return typed;
}

test('modes: each is mended by its hint', () => {
  const user = ready();
  for (const [path, mode, back] of [
    ['private.key.enc', 0o644, 0o600],
    ['machine.kek', 0o666, 0o600],
    ['known.json', 0o622, 0o600],
    ['', 0o777, 0o700],
  ] as const) {
    chmodSync(join(user.config, path), mode);
    mended(user, ['get', 'A']);
    user.ok(['get', 'A']);
    chmodSync(join(user.config, path), back);
  }
});

test('a recipient.pub of somebody else, and a broken known.json', () => {
  const user = ready();
  copyFileSync(join(ready().config, 'recipient.pub'), join(user.config, 'recipient.pub'));
  mended(user, ['--bundle', 'new.json', 'pack'], { input: 'B=b\n' });
  user.ok(['--bundle', 'new.json', 'pack'], { input: 'B=b\n' });
  writeFileSync(join(user.config, 'known.json'), '{');
  mended(user, ['get', 'A']);
  user.ok(['get', 'A']);
});

describe('a bundle that is not the config directory’s is named', () => {
  test('exchanged', () => {
    const user = ready();
    for (const name of ['one.json', 'two.json']) user.ok(['--bundle', name, 'pack'], { input: 'B=b\n' });
    renameSync(join(user.home, 'two.json'), join(user.home, 'one.json'));
    mended(user, ['--bundle', 'one.json', 'get', 'B']);
    user.ok(['--bundle', 'one.json', 'get', 'B']);
  });

  test('without the name that was typed, and without the key that a profile grants', () => {
    const user = ready();
    user.ok(['--bundle', 'one.json', 'pack'], { input: 'LONG_NAME=b\n' });
    expect(mended(user, ['--bundle', 'one.json', 'get', 'Q'])).toMatch(/one\.json' list$/);
    user.write('config/profiles.yaml', 'version: 1\nprofiles: { t: { command: "true", env: { X: Q } } }\n');
    mended(user, ['--bundle', 'one.json', 'true'], { input: 'value' });
    user.ok(['--bundle', 'one.json', 'true']);
  });

  test('not there', () => {
    const user = ready();
    const { stderr } = user.pqx(['--bundle', 'none.json', 'list']);
    const hint = /^ {2}hint: (.+?) < FILE/m.exec(stderr)?.[1] ?? '';
    expect(user.shell(hint, { input: 'B=b\n' }).status).toBe(0);
    expect(user.ok(['--bundle', 'none.json', 'list']).stdout).toBe('B\n');
  });

  test('of format v2, wanted as v1', () => {
    const user = ready();
    user.ok(['--bundle', 'one.json', 'pack'], { input: 'B=b\n' });
    mended(user, ['--bundle', 'one.json', 'migrate', '--bundle-format', 'v1']);
    expect(user.ok(['--bundle', 'one.json.v1', 'get', 'B']).stdout).toBe('b');
  });
});

test('a profile file that is not there, and a word that is meant as a program', () => {
  const user = ready();
  mended(user, ['--profiles', 'my profiles', 'claude']);
  user.ok(['--profiles', 'my profiles', 'profiles', 'check']);
  user.write('bin/list', '#!/bin/sh\necho "$X"\n', 0o755);
  const env = { PATH: `${user.home}/bin:/usr/bin:/bin` };
  const typed = mended(user, ['--env', 'X=A', 'list'], { env });
  expect(user.shell(typed, { env }).stdout).toBe('value\n');
});

test('a program of the repository itself', () => {
  const user = ready();
  user.write('config/profiles.yaml', 'version: 1\nprofiles: { t: { command: tool, env: { X: A } } }\n');
  user.write('repo/.git/HEAD', 'ref: refs/heads/main\n');
  user.write('repo/bin/tool', '#!/bin/sh\necho "$X"\n', 0o755);
  const cwd = join(user.home, 'repo');
  const env = { PATH: `${cwd}/bin:/usr/bin:/bin` };
  const typed = mended(user, ['tool'], { cwd, env });
  expect(user.shell(typed, { cwd, env }).stdout).toBe('value\n');
});

test('a program that may not be executed, and one that others can write', () => {
  const user = ready();
  const tool = user.write('bin/tool', '#!/bin/sh\n', 0o644);
  mended(user, ['--env', 'X=A', tool]);
  user.ok(['--env', 'X=A', tool]);
  chmodSync(tool, 0o757);
  mended(user, ['--env', 'X=A', tool]);
  user.ok(['--env', 'X=A', tool]);
});

test.skipIf(!HAS_MEMORY)('a regular file at a fixed path goes into the bundle (needs a tmpfs)', () => {
  const user = ready();
  const path = user.write('auth file', 'secret');
  user.write(
    'config/profiles.yaml',
    'version: 1\nprofiles: { t: { command: "true", files: { f: { content: { key: A }, at: "~/auth file" } } } }\n',
  );
  mended(user, ['true']);
  expect(user.ok(['get', 'A']).stdout).toBe('secret');
  expect(() => readFileSync(path)).toThrow();
});
