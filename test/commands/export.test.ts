/** `export` in the shells that evaluate it: every value exactly, and nothing run that a bundle's names or values say. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { putV1 } from '../support/v1.ts';
import { putBundle } from '../support/v2.ts';

type Values = Readonly<Record<string, string>>;

const SHELLS = ['sh', 'dash', 'bash', 'zsh', 'fish'];
const isThere = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
/** `env -0` is a program: what it prints is what any program would be handed. */
const evaluated = (shell: string, more = '') =>
  shell === 'fish'
    ? `pqx export --shell fish${more} | source; env -0`
    : `eval "$(pqx export${more})"; env -0`;

const FIXTURES = ['v1-python-seed', 'v1-python-single-envelope', 'v1-rust-expanded', 'v2-one-recipient'];

function withFixture(name: string): { readonly user: User; readonly values: Values } {
  const user = newUser();
  const source = join(root, 'test', 'fixtures', name);
  cpSync(source, user.config, { recursive: true });
  for (const file of readdirSync(user.config)) chmodSync(join(user.config, file), 0o600);
  chmodSync(user.config, 0o700);
  return { user, values: JSON.parse(readFileSync(join(source, 'expected.json'), 'utf8')) };
}

async function withBundle(format: 'v1' | 'v2', values: Values): Promise<User> {
  const user = newUser();
  user.ok(['keygen']);
  if (format === 'v1') await putV1(user, values);
  else await putBundle(user, values);
  return user;
}

function environmentAfter(user: User, shell: string, line: string): Map<string, string> {
  const result = user.shell(line, { shell });
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
  const entries = result.stdout.split('\0').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

describe.each(SHELLS)('%s', (shell) => {
  const inShell = test.skipIf(!isThere(shell));

  inShell.each(FIXTURES)(`every value of the fixture %s (${shell})`, (fixture) => {
    const { user, values } = withFixture(fixture);
    const environment = environmentAfter(user, shell, evaluated(shell));
    for (const [name, value] of Object.entries(values))
      expect([name, environment.get(name)]).toEqual([name, value]);
  });

  inShell(`values that a shell would do something with (${shell})`, async () => {
    const values: Values = {
      QUOTES: `'"'"'\\'' \`id\` $(id) \${HOME} $HOME $$ "$@"`,
      BACKSLASHES: '\\ \\\\ \\n \\\' \\" trailing\\',
      NEWLINES: '\n\na\r\nb\rc\n\n',
      SPACES: ' \t a  b \t ',
      GLOBS: '* ? [a] {a,b} ~ ! !! # ; & | < > ( ) ^ %',
      ODD: '\u0001\u001b[31m\u007f\u00a0\u2028\ufeffé💥',
      EMPTY: '',
      LONG: 'x'.repeat(100_000),
      DASH: '-n',
      FISH: '\\c \\x41 (id) %self',
    };
    const user = await withBundle('v2', values);
    const environment = environmentAfter(user, shell, evaluated(shell));
    for (const [name, value] of Object.entries(values))
      expect([name, environment.get(name)]).toEqual([name, value]);
  });

  inShell(
    `names that are commands run nothing and are named escaped; those that steer are left out (${shell})`,
    async () => {
      const hostile = [
        'x;touch y;',
        'x$(touch y)',
        'x`touch y`',
        'x\ntouch y\n',
        "x' touch y '",
        'x=1 touch y #',
        'a b',
        '-n',
        '1X',
        'A-B',
        'A.B',
        'é',
        'x\u001b[2J',
        '',
      ];
      const steering = [
        'PATH',
        'LD_PRELOAD',
        'BASH_ENV',
        'PROMPT_COMMAND',
        'IFS',
        'fish_function_path',
        'PQX_BUNDLE',
      ];
      const names = [...hostile, ...steering, 'GOOD'];
      const user = await withBundle(
        'v1',
        Object.fromEntries(names.map((name) => [name, `value of ${names.indexOf(name)}`])),
      );
      const result = user.shell(`${evaluated(shell)} >out`, { shell });
      expect(result.status).toBe(0);
      expect(readdirSync(user.home).filter((file) => /y/.test(file))).toEqual([]);
      const environment = readFileSync(join(user.home, 'out'), 'utf8').split('\0');
      expect(environment).toContain(`GOOD=value of ${names.indexOf('GOOD')}`);
      expect(environment.filter((entry) => entry.includes('value of'))).toHaveLength(1);
      expect(result.stderr).toMatch(/^pqx: not exported, .*\n$/);
      expect(result.stderr).toContain('x;touch y;');
      expect(result.stderr).toContain('LD_PRELOAD');
      expect(result.stderr).toContain('x\\x1b[2J');
      expect(result.stderr).not.toContain('value of');
    },
  );

  inShell(`-p exports what a profile grants, under the names that it grants it (${shell})`, async () => {
    const user = await withBundle('v2', { KEY_A: "it's", KEY_B: 'b' });
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      'version: 1\nprofiles:\n  t: { env: { A: KEY_A, U: { template: "<{{ KEY_B }}>" } } }\n',
    );
    const environment = environmentAfter(user, shell, evaluated(shell, ' -p t'));
    expect([environment.get('A'), environment.get('U')]).toEqual(["it's", '<b>']);
    expect([environment.has('KEY_A'), environment.has('KEY_B')]).toEqual([false, false]);
  });
});

describe.each(BUILD_NAMES)('forms for programs, of the %s', (build) => {
  const values: Values = {
    A: 'a "b" \\ \n\u0001é💥',
    B: "it's\r\n",
    C: '',
    D: '$HOME `x` #',
    __proto__x: 'p',
  };

  test('JSON', async () => {
    const user = await withBundle('v2', values);
    expect(JSON.parse(user.ok(['export', '--format', 'json'], { build }).stdout)).toEqual(values);
  });

  test('NUL-separated', async () => {
    const user = await withBundle('v2', values);
    const { stdout } = user.ok(['export', '--format', 'nul'], { build });
    expect(stdout.split('\0').sort()).toEqual(
      ['', ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].sort(),
    );
  });

  test('dotenv comes back through pack', async () => {
    const user = await withBundle('v2', values);
    const { stdout } = user.ok(['export', '--format', 'dotenv'], { build });
    const other = newUser();
    other.ok(['keygen'], { build });
    other.ok(['pack'], { build, input: stdout });
    expect(JSON.parse(other.ok(['export', '--format', 'json'], { build }).stdout)).toEqual(values);
  });

  test('onto a disk, and under an agent’s marker, only with --reveal', async () => {
    const user = await withBundle('v2', { A: 's3cret' });
    const toDisk = user.shell('pqx export >out; echo $?; pqx export --reveal >out; echo $?; cat out', {
      build,
    });
    expect(toDisk.stdout).toBe("1\n0\nexport A='s3cret'\n");
    expect(toDisk.stderr).toMatch(/^pqx: `export` prints secrets, .*\n {2}hint: pqx export --reveal\n$/);
    const marked = user.pqx(['export'], { build, env: { CLAUDECODE: '1' } });
    expect({ status: marked.status, stdout: marked.stdout }).toEqual({ status: 1, stdout: '' });
    expect(user.ok(['export', '--reveal'], { build, env: { CLAUDECODE: '1' } }).stdout).toBe(
      "export A='s3cret'\n",
    );
  });

  test.each([
    [['--shell', 'csh'], 'unknown shell csh'],
    [['--format', 'xml'], 'unknown format xml'],
    [['--shell', 'sh', '--format', 'json'], '--shell and --format exclude each other'],
    [['extra'], '`export` takes no arguments and nothing more'],
    [['--nope=s3cret'], '`export` has no option --nope'],
  ])('%j: status 2 and a hint', (args, message) => {
    const result = newUser().pqx(['export', ...args], { build });
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(/^pqx: .*\n {2}hint: .*\n$/);
    expect(result.stderr).toContain(`pqx: ${message}\n`);
  });
});
