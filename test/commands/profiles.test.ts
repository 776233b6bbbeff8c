/** `pqx profiles`: lists, checks, and adds one profile without touching anything else in the file. Both builds. */
import { existsSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Result } from '../support/programs.ts';
import { installRecorder, recorded } from '../support/recorder.ts';
import { newUser } from '../support/user.ts';

const FILE = '.config/pqc-secrets/profiles.yaml';
/** Odd in every way that a file may be, and valid. */
const ODD =
  '# mine\r\nversion:   1 \r\nprofiles:\r\n    "a":   # first\r\n        command: [ x,  y ]\r\n\r\n    # end';

function refused(result: Result, status: number): string {
  expect({ status: result.status, stdout: result.stdout }).toEqual({ status, stdout: '' });
  expect(result.stderr).toMatch(/^pqx: [^\n]+\n {2}hint: [^\n]+\n$/);
  return result.stderr;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('add, in an empty home: a file for this user alone, with the built-in profile, that launches', () => {
    const user = newUser();
    user.ok(['keygen'], { build });
    user.ok(['pack'], { build, input: 'GH_TOKEN=k\n' });
    const { stdout } = user.ok(['profiles', 'add', 'gh'], { build });
    const path = join(user.home, FILE);
    expect(readFileSync(path, 'utf8')).toBe(`version: 1\nprofiles:\n${stdout}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bin = installRecorder(user, 'gh');
    const launched = user.ok(['gh', 'pr', 'list'], { build, env: { PATH: `${bin}:${user.env['PATH']}` } });
    expect(recorded(launched)).toMatchObject({
      args: ['pr', 'list'],
      env: { GH_TOKEN: 'k', PQX_PROFILE: 'gh' },
    });
  });

  test('add keeps every other byte, and a link to the file stays a link', () => {
    const user = newUser();
    const real = user.write('dotfiles/p.yaml', ODD);
    user.write('.config/pqc-secrets/.keep', '');
    symlinkSync(real, join(user.home, FILE));
    user.ok(['profiles', 'add', 'mytool', '--env', 'T=MY_KEY', '--env=U=OTHER'], { build });
    const added = '\r\n    mytool:\r\n      command: mytool\r\n      env: { T: MY_KEY, U: OTHER }\r\n';
    expect(readFileSync(real, 'utf8')).toBe(`${ODD}${added}`);
    expect(lstatSync(join(user.home, FILE)).isSymbolicLink()).toBe(true);
  });

  test('add to a named file', () => {
    const user = newUser();
    user.ok(['--profiles', 'here.yaml', 'profiles', 'add', 'true', '--env', 'T=K'], { build });
    expect(readFileSync(join(user.home, 'here.yaml'), 'utf8')).toBe(
      'version: 1\nprofiles:\n  true:\n    command: "true"\n    env: { T: K }\n',
    );
    expect(existsSync(join(user.home, FILE))).toBe(false);
  });

  test('what cannot be added is refused, and the file is as it was', () => {
    const user = newUser();
    const path = user.write(FILE, ODD);
    expect(refused(user.pqx(['profiles', 'add', 'a'], { build }), 1)).toContain('there is a profile a in ');
    for (const tool of ['', '-x', '../x', 'a b', 'a:b', 'x\ny', '#x', '.x']) {
      const line = tool.startsWith('-') ? ['--', tool] : [tool];
      expect(refused(user.pqx(['profiles', 'add', ...line], { build }), 2)).toContain(
        'is no name of a program',
      );
    }
    for (const grant of ['T', 'T=', '=K', 'T=s3cret-value!', 'T=K }']) {
      expect(refused(user.pqx(['profiles', 'add', 'new', '--env', grant], { build }), 2)).not.toContain(
        's3cret',
      );
    }
    refused(user.pqx(['profiles', 'add'], { build }), 2);
    refused(user.pqx(['profiles', 'add', 'b', 'c'], { build }), 2);
    refused(user.pqx(['profiles', 'nope'], { build }), 2);
    expect(readFileSync(path, 'utf8')).toBe(ODD);
  });

  test('check says that nothing is wrong, or what is, where, and how it is mended', () => {
    const user = newUser();
    const path = user.write(FILE, ODD);
    expect(user.ok(['profiles', 'check'], { build }).stdout).toBe(`${path}: 1 profile, nothing wrong\n`);
    const broken = user.write('broken.yaml', 'version: 1\nprofiles:\n  t: { comand: x }\n');
    expect(refused(user.pqx(['profiles', 'check', 'broken.yaml'], { build }), 1)).toBe(
      `pqx: ${broken}:3:8: unknown field \`comand\` in profiles.t\n  hint: did you mean command?\n`,
    );
    refused(user.pqx(['profiles', 'check', 'none.yaml'], { build }), 1);
  });

  test('the list, for people and for programs', () => {
    const user = newUser();
    user.write(
      FILE,
      'version: 1\nprofiles:\n  one: { command: [a, b], args: ["x **", y], description: first }\n  by-name: { args: [] }\n',
    );
    expect(user.ok(['profiles'], { build }).stdout).toBe(
      'one      a, b (x **; y)  first\nby-name  by -p alone (no arguments)\n',
    );
    expect(JSON.parse(user.ok(['profiles', '--json'], { build }).stdout)).toMatchObject([
      { name: 'one', command: ['a', 'b'], args: ['x **', 'y'], description: 'first' },
      { name: 'by-name', command: [], args: [], description: null },
    ]);
    const fresh = newUser();
    expect(fresh.ok(['profiles', '--json'], { build }).stdout).toBe('[]\n');
  });
});
