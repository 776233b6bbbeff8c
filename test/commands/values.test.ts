/** How values come in and go out, and what refuses to take or to show them. Both builds. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { pqxOnTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';
import { bundleFile } from '../support/v2.ts';

function ready(): User {
  const user = newUser();
  user.ok(['init']);
  return user;
}

const PEM = execFileSync('sh', ['-c', 'seq 1 20 | sed "s/.*/MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpY&/"'], {
  encoding: 'utf8',
});
const PEM_KEY = `-----BEGIN EC PRIVATE KEY-----\n${PEM}-----END EC PRIVATE KEY-----\n`;

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each([
    ['one line, as `echo` writes it', 'value\n', 'value'],
    ['one line of a file from Windows', 'value\r\n', 'value'],
    ['one line without its end', 'value', 'value'],
    ['white space around a line', '  value \t\n', '  value \t'],
    ['two line ends', 'value\n\n', 'value\n\n'],
    ['several lines', 'a\nb', 'a\nb'],
    ['a PEM key', PEM_KEY, PEM_KEY],
    ['what a shell would expand', '$HOME `id` \\n "q" \'q\'\n', '$HOME `id` \\n "q" \'q\''],
    ['characters beyond ASCII, and a BOM', '\ufeffclé-秘密-🔑\n', '\ufeffclé-秘密-🔑'],
  ])('`set` from standard input: %s', (_, input, value) => {
    const user = ready();
    const { stdout, stderr } = user.ok(['set', 'A'], { build, input });
    expect(stdout).toBe('');
    expect(stderr).toBe(`A added to ${bundleFile(user)}\n`);
    expect(user.ok(['get', 'A'], { build }).bytes).toEqual(Buffer.from(value));
  });

  test('--exact keeps every byte, and stores an empty value', () => {
    const user = ready();
    user.ok(['set', 'A', '--exact'], { build, input: 'value\n' });
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('value\n');
    user.ok(['set', '--exact', 'A'], { build, input: '' });
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('');
    const empty = user.pqx(['set', 'A'], { build, input: '\n' });
    expect(empty.status).toBe(1);
    expect(empty.stderr).toContain('no value for A came from standard input; nothing was changed');
  });

  test('a PEM key goes in from a file and comes back byte for byte, through `get`, `export` and a launch', () => {
    const user = ready();
    const file = user.write('key.pem', PEM_KEY);
    expect(user.shell(`pqx set DEPLOY_KEY < ${file}`, { build }).status).toBe(0);
    expect(user.shell(`pqx get DEPLOY_KEY | cmp - ${file}`, { build }).status).toBe(0);
    const evaluated = user.shell('eval "$(pqx export)"; printf %s "$DEPLOY_KEY"', { build });
    expect(evaluated.stdout).toBe(PEM_KEY);
    expect(user.ok(['--env', 'K=DEPLOY_KEY', 'sh', '-c', 'printf %s "$K"'], { build }).stdout).toBe(PEM_KEY);
  });

  test.each([
    ['NAME=VALUE', ['set', 'A_KEY=geheim']],
    ['NAME VALUE', ['set', 'A_KEY', 'geheim']],
    ['a value that looks like an option', ['set', 'A_KEY', '--geheim']],
    ['a value that begins with a dash', ['set', 'A_KEY', '-----BEGIN geheim']],
    ['an option with a value', ['set', 'A_KEY', '--value=geheim']],
    ['a value alone', ['set', 'geheim-1']],
    ['a value in front', ['set', '-geheim', 'A_KEY']],
  ])('`set` with %s: refused with 2, and the value is not repeated', (_, args) => {
    const user = ready();
    const { status, stdout, stderr } = user.pqx(args, { build, input: 'x' });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toContain('geheim');
    expect(stderr).toContain('`set` takes a NAME and no value');
    expect(stderr).toMatch(/hint: pqx set (A_KEY|NAME) {3}asks for it; pqx set (A_KEY|NAME) < FILE/);
    expect(user.ok(['list']).stdout).toBe('');
  });

  test.each([
    ['a NUL', 'a\0b', 'the value of A holds a NUL'],
    ['bytes that are not UTF-8', new Uint8Array([0x61, 0xff]), 'the value of A is not UTF-8'],
    ['more than 1 MiB', 'x'.repeat(1024 * 1024 + 1), 'the value of A is longer than 1048576 bytes'],
  ])('%s is no value', (_, input, message) => {
    const user = ready();
    const { status, stderr } = user.pqx(['set', 'A'], { build, input });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(user.ok(['list']).stdout).toBe('');
  });

  describe('get and export', () => {
    const SHOWS = [['get', 'A'], ['export']];

    test.each(SHOWS)(
      '`%s` is free into a pipe, and refused into a file unless --reveal is said',
      (...args) => {
        const user = ready();
        user.ok(['set', 'A'], { input: 'geheim' });
        const line = `pqx ${args.join(' ')}`;
        expect(user.shell(`${line} | cat`, { build }).stdout).toContain('geheim');
        const refused = user.shell(`${line} > file`, { build });
        expect(refused.status).toBe(1);
        expect(refused.stderr).toBe(
          `pqx: \`${args[0]}\` prints secrets, and standard output is a file on a disk\n  hint: pqx ${args[0]} --reveal${args[0] === 'get' ? ' A' : ''}\n`,
        );
        expect(readFileSync(join(user.home, 'file'), 'utf8')).toBe('');
        expect(user.shell(`${line} --reveal > file`, { build }).status).toBe(0);
        expect(readFileSync(join(user.home, 'file'), 'utf8')).toContain('geheim');
      },
    );

    test.each(SHOWS)("`%s` is refused under a coding agent's marker unless --reveal is said", (...args) => {
      const user = ready();
      user.ok(['set', 'A'], { input: 'geheim' });
      for (const marker of ['CLAUDECODE', 'CURSOR_AGENT', 'CODEX_SANDBOX']) {
        const env = { [marker]: '1' };
        const { status, stdout, stderr } = user.pqx(args, { build, env });
        expect(status).toBe(1);
        expect(stdout).toBe('');
        expect(stderr).toContain(`${marker} says that a coding agent reads them`);
        expect(user.ok([...args, '--reveal'], { build, env }).stdout).toContain('geheim');
      }
    });

    test.each(SHOWS)('`%s` is refused on a terminal unless --reveal is said', async (...args) => {
      const user = ready();
      user.ok(['set', 'A'], { input: 'geheim' });
      const refused = await pqxOnTerminal(user, build, args).ended;
      expect(refused.status).toBe(1);
      expect(refused.shown).toContain('prints secrets, and standard output is a terminal');
      expect(refused.shown).not.toContain('geheim');
      expect((await pqxOnTerminal(user, build, [...args, '--reveal']).ended).shown).toContain('geheim');
    });
  });

  test('`gen` makes secrets of the size and form that were asked for, and no two alike', () => {
    const user = ready();
    const made = (...args: string[]) => user.ok(['gen', ...args], { build }).stdout;
    expect(made()).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
    expect(made('--bits', '512', '--format', 'hex')).toMatch(/^[0-9a-f]{128}\n$/);
    expect(made()).not.toBe(made());
    const { stdout, stderr } = user.ok(['gen', '--set', 'G', '--format', 'hex'], { build });
    expect(stdout).toBe('');
    expect(stderr).toBe(`G added to ${bundleFile(user)}\n`);
    expect(user.ok(['get', 'G'], { build }).stdout).toMatch(/^[0-9a-f]{64}$/);
    for (const args of [
      ['--bits', '12'],
      ['--bits', '0'],
      ['--bits', '1e3'],
      ['--format', 'base64'],
    ]) {
      expect(user.pqx(['gen', ...args], { build }).status, args.join(' ')).toBe(2);
    }
  });

  describe('import', () => {
    test.each([
      ['keys.env', "export A=1\nB='two\nlines'\n", []],
      ['keys.json', '{"A": "1", "B": "two\\nlines"}', []],
      ['keys.yaml', 'A: "1"\nB: |-\n  two\n  lines\n', []],
      ['keys', 'A: "1"\nB: "two\\nlines"\n', ['--from', 'yaml']],
    ])('%s', (name, text, args) => {
      const user = ready();
      user.ok(['set', 'A'], { input: 'before' });
      user.ok(['set', 'C'], { input: 'stays' });
      const file = user.write(name, text);
      const { stdout, stderr } = user.ok(['import', name, ...args], { build });
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        new RegExp(
          `^2 keys imported into .*\n {2}A \\(changed\\)\n {2}B\n${file} still holds them in plain text`,
        ),
      );
      expect(stderr).toContain(`shred -u ${file}\n`);
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(JSON.parse(user.ok(['export', '--format', 'json']).stdout)).toEqual({
        A: '1',
        B: 'two\nlines',
        C: 'stays',
      });
    });

    test.each([
      ['a.json', '{"A": "geheim", "A": "x"}', 'two members are named A'],
      ['a.json', '{"A": 42}', 'the value of A is no text'],
      ['a.json', '{"A": {"B": "geheim"}}', 'the value of A is no text'],
      ['a.json', '["geheim"]', 'it is no object of names and values'],
      ['a.json', '{"A": "geheim\\ud800"}', 'the value of A is not well-formed Unicode'],
      ['a.json', '{"not-a-name": "geheim"}', 'not-a-name is no name for a key'],
      ['a.json', '{"A": "geheim"', ':1:15: this is not JSON'],
      ['a.yaml', 'A: geheim\nA: x\n', ':2:1: this key stands twice in its map'],
      ['a.yaml', 'A: yes\nB: 42\n', ':2:4: the value of this name is no text'],
      ['a.yaml', 'A: &x geheim\nB: *x\n', ':2:4: the value of this name is no text'],
      ['a.yaml', 'A: !tag geheim\n', 'is a tag in YAML'],
      ['a.yaml', 'A:\n  B: geheim\n', ':2:3: the value of this name is no text'],
      ['a.yaml', '- geheim\n', 'the file is no map of names to values'],
      ['a.env', 'geheim\n', 'there is no = in this line'],
      ['a.env', 'A=geheim\nA=x\n', ':2: A stands twice'],
    ])('%s with %j is refused, and nothing is changed', (name, text, message) => {
      const user = ready();
      const before = readFileSync(bundleFile(user));
      writeFileSync(join(user.home, name), text);
      const { status, stdout, stderr } = user.pqx(['import', name], { build });
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain(join(user.home, name));
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('geheim');
      expect(readFileSync(bundleFile(user))).toEqual(before);
    });
  });
});
