/** A wrong command line is status 2 in every word, and what is said to mend it can be typed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allWords, legacyWords } from '../../src/words.ts';
import { BUILD_NAMES, type Result, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

function ready(): User {
  const user = newUser();
  user.ok(['init']);
  user.ok(['set', 'A'], { input: 'canary' });
  return user;
}

function hintOf({ stderr }: Result): string {
  return (/^ {2}hint: (.+)$/m.exec(stderr)?.[1] ?? '').replace(/ {3}.*$/, '');
}

/** Words whose arguments are names or files of any form, and `explain`, whose are the target's. */
const TAKES_MANY = new Set(['unset', 'explain']);

describe.each(BUILD_NAMES)('%s', (build) => {
  test('every word: an option that it has not, a value for one that takes none, and an argument too many', () => {
    const user = ready();
    for (const word of allWords()) {
      const lines = [['--bogus'], ['-Z'], ['--help=1'], ...(TAKES_MANY.has(word) ? [] : [['x', 'y', 'z']])];
      for (const line of lines) {
        const refused = user.pqx([word, ...line], { build });
        expect([word, ...line, refused.status, refused.stdout]).toEqual([word, ...line, 2, '']);
        expect([word, ...line, hintOf(refused)]).not.toEqual([word, ...line, '']);
      }
    }
    for (const word of legacyWords())
      expect([word, user.shell(`pqc-secrets ${word} --bogus`, { build }).status]).toEqual([word, 2]);
  });

  test.each([
    ['gen', '--set', '9X'],
    ['gen', '--bits', '7'],
    ['rename', 'A', '9'],
    ['recipients', 'add', 'recipient.pub', '--label', 'a b'],
    ['rewrap', '--new-pub', 'recipient.pub', '--out', 'x', '--label', 'a b'],
    ['migrate', '--label', 'a b'],
    ['init', '--label', 'a b'],
    ['version', 'x'],
  ])('%s %s %s', (...line) => {
    const refused = ready().pqx(line, { build });
    expect(refused.status).toBe(2);
    expect(refused.stderr).not.toContain('a b');
  });
});

test.each([
  [['completion', 'tcsh'], 'pqx completion bash'],
  [['alias', 'tcsh'], 'pqx alias bash'],
  [['recipients', 'foo'], 'pqx recipients list'],
  [['profiles', 'foo'], 'pqx profiles list'],
  [['gen', '--format', 'nope'], 'pqx gen --format hex'],
  [['import', 'it is.env', '--from', 'nope'], "pqx import 'HOME/it is.env' --from dotenv"],
  [['pack', '--bundle-format', 'v9'], 'pqx pack --bundle-format v2'],
  [['help', 'nope'], 'pqx help'],
])('%j: the hint is a line that works', (line, hint) => {
  const user = ready();
  user.write('it is.env', 'A=x\n');
  const refused = user.pqx(line);
  expect(refused.status).toBe(2);
  expect(hintOf(refused).replace(user.home, 'HOME')).toBe(hint);
  expect(user.shell(hintOf(refused), { input: 'A=1\n' }).status).toBe(0);
});

test('a secret that is not shown to a coding agent: the hint holds the name, and the options before the word', () => {
  const user = ready();
  const env = { CLAUDECODE: '1' };
  for (const line of [
    ['get', 'A'],
    ['export', '--format', 'json'],
    ['--bundle', `${user.config}/secrets.bundle.json`, 'get', 'A'],
    ['--env', 'X=A', 'printenv'],
    ['--env', 'X=A', '--', 'list'],
  ]) {
    const refused = user.pqx(line, { env });
    expect([line, refused.stdout, hintOf(refused)]).toEqual([line, '', expect.stringContaining('--reveal')]);
    user.write('bin/list', '#!/bin/sh\necho canary\n', 0o755);
    const revealed = user.shell(hintOf(refused), {
      env: { ...env, PATH: `${user.home}/bin:${user.env['PATH']}` },
    });
    expect([line, revealed.status, revealed.stdout]).toEqual([line, 0, expect.stringContaining('canary')]);
  }
  // What the target is told may be a secret.
  expect(hintOf(user.pqx(['--env', 'X=A', 'printenv', 'secret'], { env }))).toBe(
    'pqx --reveal --env X=A printenv …',
  );
});

test('a file that is no public key stays where it is', () => {
  const user = ready();
  const file = user.write('notes.txt', 'not a key\n');
  for (const line of [
    ['rewrap', '--new-pub', file, '--out', 'x'],
    ['recipients', 'add', file, '--label', 'x'],
  ]) {
    const refused = user.pqx(line);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(file);
    expect(hintOf(refused)).toBe('pqx status');
  }
});

test('a wrong passphrase says what to do when it is lost', () => {
  const user = ready();
  user.ok(['identity', '--to', 'passphrase'], { env: { PQX_PASSPHRASE_FILE: user.write('p', 'word\n') } });
  const wrong = { PQX_PASSPHRASE_FILE: user.write('wrong', 'other\n') };
  const refused = user.pqx(['get', 'A'], { env: wrong });
  expect(hintOf(refused)).toBe('pqx keygen --force');
  expect(user.shell(hintOf(refused), { env: wrong }).status).toBe(0);
  user.ok(['identity', '--to', 'file'], { env: wrong });
});

describe('import', () => {
  test('a file that is not there, and one that is nearly named', () => {
    const user = ready();
    expect(hintOf(user.pqx(['import', 'nope.env']))).toBe(`ls ${user.home}`);
    user.write('prod.env', 'A=1\n');
    expect(hintOf(user.pqx(['import', 'prd.env']))).toBe('did you mean prod.env?');
  });

  test.each(BUILD_NAMES)('broken JSON: file, line and column, and nothing of it quoted (%s)', (build) => {
    const user = ready();
    const file = user.write('keys.json', '{\n  "B": "canary",\n  "C" "canary"\n}\n');
    const refused = user.pqx(['import', file], { build });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`${file}:3:7: this is not JSON`);
    expect(refused.stderr).not.toContain('canary');
  });

  test('the same again: said to be as it was', () => {
    const user = ready();
    const said = () =>
      user
        .ok(['import', 'keys.env'])
        .stderr.split('\n')
        .filter((line) => line.startsWith('  '));
    user.write('keys.env', 'A=canary\nB=new\n');
    expect(said().slice(0, 2)).toEqual(['  A (as it was)', '  B']);
    user.write('keys.env', 'A=other\nB=new\n');
    expect(said().slice(0, 2)).toEqual(['  A (changed)', '  B (as it was)']);
    expect(readFileSync(join(user.config, 'secrets.bundle.json'), 'utf8')).not.toContain('other');
    expect(user.ok(['get', 'A']).stdout).toBe('other');
  });
});
