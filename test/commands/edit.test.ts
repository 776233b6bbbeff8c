/** What a change of one key changes in the file, and what it leaves: both formats, both builds. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sealV1 } from '../../src/bundle/v1.ts';
import { storeCopy } from '../identity/store-copy.ts';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { bundleFile, ownRecipient, secretsOf } from '../support/v2.ts';

function ready(keys = 'A=one\nB=two\nC=three\n', format = 'v2'): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack', '--bundle-format', format], { input: keys });
  return user;
}

function valuesOf(user: User): unknown {
  return JSON.parse(user.ok(['export', '--format', 'json']).stdout);
}

function linesOf(user: User): readonly string[] {
  return readFileSync(bundleFile(user), 'utf8').split('\n');
}

/** The lines that git shows as changed, each cut at the first value. */
function changedLines(user: User, work: () => void): readonly string[] {
  const git = (...args: string[]) => {
    const result = spawnSync('git', ['-C', user.config, '-c', 'user.name=n', '-c', 'user.email=e', ...args], {
      encoding: 'utf8',
      env: { ...user.env, GIT_CONFIG_NOSYSTEM: '1' },
    });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout;
  };
  git('init', '-q');
  git('add', 'secrets.bundle.json');
  git('commit', '-q', '-m', 'before');
  work();
  return git('diff', '-U0')
    .split('\n')
    .filter((line) => /^[+-](?![+-])/.test(line))
    .map((line) => /^([+-]) *"(\w+)"/.exec(line)?.slice(1).join(' ') ?? line);
}

const AROUND = ['- revision', '- seal', '- updated_utc', '+ revision', '+ seal', '+ updated_utc'];

describe.each(BUILD_NAMES)('%s', (build) => {
  test('`set` of one key among 10,000 changes its entry, the revision, the time and the seal', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `KEY_${index}=value ${index}\n`).join('');
    const user = ready(keys);
    const lines = changedLines(user, () => user.ok(['set', 'KEY_4711'], { build, input: 'new' }));
    expect([...lines].sort()).toEqual([...AROUND, '- KEY_4711', '+ KEY_4711'].sort());
    expect(user.ok(['get', 'KEY_4711'], { build }).stdout).toBe('new');
    expect(user.ok(['get', 'KEY_4712'], { build }).stdout).toBe('value 4712');
  });

  test('what else changes entries changes those that it names', () => {
    const cases = [
      { args: ['set', 'D'], input: 'four', entries: ['+ D'] },
      { args: ['unset', 'D', 'C'], input: '', entries: ['- C', '- D'] },
      { args: ['rename', 'A', 'Z'], input: '', entries: ['- A', '+ Z'] },
      { args: ['import', 'more.json'], input: '', entries: ['- B', '+ B', '+ N'] },
      { args: ['gen', '--set', 'G'], input: '', entries: ['+ G'] },
      { args: ['pack', '--merge'], input: 'G=x\n', entries: ['- G', '+ G'] },
    ];
    // The last line of a JSON object has no comma, so a key that comes to stand behind it changes it as well.
    const user = ready('A=one\nB=two\nC=three\nZZ=last\n');
    user.write('more.json', '{"B": "2", "N": "new"}');
    for (const { args, input, entries } of cases) {
      const lines = changedLines(user, () => user.ok(args, { build, input }));
      expect([...lines].sort(), args.join(' ')).toEqual([...AROUND, ...entries].sort());
      rmSync(join(user.config, '.git'), { recursive: true });
    }
    expect(valuesOf(user)).toEqual({ B: '2', G: 'x', N: 'new', Z: 'one', ZZ: 'last' });
    expect(JSON.parse(user.ok(['status', '--json']).stdout).bundle.revision).toBe(7);
  });

  test('a recipient more is one stanza more, and no entry changes', () => {
    const user = ready();
    user.ok(['keygen', '--stdout', '--pub', 'bob.pub', '--reveal']);
    const before = linesOf(user);
    const lines = changedLines(user, () =>
      user.ok(['recipients', 'add', 'bob.pub', '--label', 'bob'], { build }),
    );
    expect(lines.filter((line) => /^[+-] [A-Z]$/.test(line))).toEqual([]);
    expect(linesOf(user)).toHaveLength(before.length + 1);
    expect(linesOf(user)).toEqual(expect.arrayContaining(before.filter((line) => /^ {4}"[ABC]"/.test(line))));
  });

  test('a bundle that a pretty-printer laid out is still changed in place', () => {
    const user = ready();
    const parsed: unknown = JSON.parse(readFileSync(bundleFile(user), 'utf8'));
    writeFileSync(bundleFile(user), JSON.stringify(parsed, null, 8).replaceAll('\n', '\r\n'));
    user.ok(['set', 'A'], { build, input: 'new' });
    expect(valuesOf(user)).toEqual({ A: 'new', B: 'two', C: 'three' });
  });

  test('all or nothing: one name that is not there, and nothing is removed', () => {
    const user = ready('ANTHROPIC_API_KEY=one\nB=two\n');
    const before = readFileSync(bundleFile(user));
    const gone = user.pqx(['unset', 'B', 'ANTHROPIC_APIKEY'], { build });
    expect(gone.status).toBe(1);
    expect(gone.stderr).toBe(
      `pqx: there is no ANTHROPIC_APIKEY in ${bundleFile(user)}\n  hint: did you mean ANTHROPIC_API_KEY?\n`,
    );
    const taken = user.pqx(['rename', 'B', 'ANTHROPIC_API_KEY'], { build });
    expect(taken.status).toBe(1);
    expect(taken.stderr).toContain('there is a ANTHROPIC_API_KEY in');
    const odd = user.pqx(['rename', 'B', 'not-a-name'], { build });
    expect(odd.status).toBe(2);
    expect(odd.stderr).toContain('that is no name for a key');
    expect(user.pqx(['get', 'C'], { build }).status).toBe(1);
    expect(readFileSync(bundleFile(user))).toEqual(before);
  });

  test('the former bundle is kept, privately, and opens', () => {
    const user = ready();
    const before = readFileSync(bundleFile(user));
    user.ok(['set', 'A'], { build, input: 'new' });
    expect(readFileSync(`${bundleFile(user)}.bak`)).toEqual(before);
    expect(user.ok(['--bundle', `${bundleFile(user)}.bak`, 'get', 'A'], { build }).stdout).toBe('one');
  });

  test('a v1 bundle stays v1 under every edit', () => {
    const user = ready('A=one\nB=two\nC=three\n', 'v1');
    user.write('more.json', '{"N": "new"}');
    for (const args of [
      ['set', 'A'],
      ['unset', 'C'],
      ['rename', 'B', 'Z'],
      ['import', 'more.json'],
      ['gen', '--set', 'G', '--bits', '128', '--format', 'hex'],
      ['rotate'],
      ['migrate'],
    ]) {
      user.ok(args, { build, input: 'value' });
      expect(JSON.parse(readFileSync(bundleFile(user), 'utf8'))).toMatchObject({
        version: 1,
        alg: 'ML-KEM-768',
        keywrap: { kdf: 'SHA3-256', aad: 'pqc-secrets:v1:keywrap' },
        data: { aad: 'pqc-secrets:v1:data' },
      });
    }
    user.ok(['pack', '--merge'], { build, input: 'P=q\n' });
    expect(user.ok(['status', '--json'], { build }).stdout).toContain('"format": "v1"');
    expect(valuesOf(user)).toEqual({
      A: 'value',
      G: expect.stringMatching(/^[0-9a-f]{32}$/),
      N: 'new',
      P: 'q',
      Z: 'two',
    });
    const refused = user.pqx(['recipients', 'add', join(user.config, 'recipient.pub'), '--label', 'x'], {
      build,
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('hint: pqx migrate --bundle-format v2');
  });

  test('names of a v1 bundle that v2 does not take can be renamed and removed, and stop the migration', async () => {
    const user = newUser();
    user.ok(['keygen']);
    const odd = secretsOf({ 'with space': 'one', 'line\nend': 'two', '$(touch x)': 'three', FINE: 'four' });
    writeFileSync(bundleFile(user), await sealV1(odd, ownRecipient(user).publicKey, new Date()));
    chmodSync(bundleFile(user), 0o600);
    expect(user.ok(['list'], { build }).stdout).toBe('$(touch x)\nFINE\nline\\nend\nwith space\n');
    expect(user.ok(['export'], { build }).stdout).toBe("export FINE='four'\n");
    const stopped = user.pqx(['migrate', '--bundle-format', 'v2'], { build });
    expect(stopped.status).toBe(1);
    expect(stopped.stderr).toMatch(/holds the name .*, which format v2 does not take; nothing was changed/);
    expect(user.ok(['get', 'with space'], { build }).stdout).toBe('one');
    user.ok(['rename', 'with space', 'WITH_SPACE'], { build });
    user.ok(['rename', 'line\\nend', 'LINE_END'], { build });
    user.ok(['unset', '$(touch x)'], { build });
    user.ok(['migrate', '--bundle-format', 'v2'], { build });
    expect(valuesOf(user)).toEqual({ FINE: 'four', LINE_END: 'two', WITH_SPACE: 'one' });
  });

  test('`pack` begins v2, keeps the format that is there, and asks what becomes of names that the input lacks', () => {
    const user = newUser();
    user.ok(['keygen']);
    user.ok(['pack'], { build, input: 'A=one\nB=two\n' });
    expect(JSON.parse(readFileSync(bundleFile(user), 'utf8')).version).toBe(2);
    const asked = user.pqx(['pack'], { build, input: 'A=1\n' });
    expect(asked.status).toBe(1);
    expect(asked.stderr).toBe(
      `pqx: ${bundleFile(user)} also holds B, which the input lacks; nothing was changed\n` +
        '  hint: pqx pack --merge   keeps them; pqx pack --replace   drops them\n',
    );
    const other = user.pqx(['pack', '--replace', '--bundle-format', 'v1'], { build, input: 'A=1\n' });
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('is a bundle of format v2; nothing was changed');
    user.ok(['pack'], { build, input: 'A=1\nB=2\nC=3\n' });
    user.ok(['pack', '--replace'], { build, input: 'C=4\n' });
    expect(valuesOf(user)).toEqual({ C: '4' });
  });

  test("pqc-secrets pack replaces, begins v1, and keeps a v2 bundle's format and recipients", () => {
    const user = newUser();
    expect(user.shell('pqc-secrets keygen', { build }).status).toBe(0);
    const pack = (input: string) => user.shell('pqc-secrets pack', { build, input });
    if (build === 'node') return;
    expect(pack('A=one\nB=two\n').status).toBe(0);
    expect(JSON.parse(readFileSync(bundleFile(user), 'utf8')).version).toBe(1);
    expect(pack('C=three\n').status).toBe(0);
    expect(valuesOf(user)).toEqual({ C: 'three' });
    user.ok(['migrate', '--bundle-format', 'v2', '--label', 'own']);
    user.ok(['keygen', '--stdout', '--pub', 'bob.pub', '--reveal']);
    user.ok(['recipients', 'add', 'bob.pub', '--label', 'bob']);
    expect(pack('D=four\n').status).toBe(0);
    expect(valuesOf(user)).toEqual({ D: 'four' });
    expect(user.ok(['recipients']).stdout).toMatch(/^own .*\nbob .*\n$/);
    for (const words of ['rename D E', 'list', 'verify', 'rotate', 'migrate']) {
      expect(user.shell(`pqc-secrets ${words}`, { build }).status, words).toBe(0);
    }
    expect(user.shell('pqc-secrets set X', { build, input: 'x' }).status).toBe(2);
  });

  test('without machine.kek nothing is opened or made, and the way out is said', () => {
    const config = storeCopy('v1-python-seed');
    rmSync(join(config, 'machine.kek'));
    const user = newUser();
    const files = () =>
      ['private.key.enc', 'secrets.bundle.json', 'recipient.pub'].map((name) =>
        readFileSync(join(config, name)),
      );
    const before = files();
    const env = { PQC_CONFIG_DIR: config };
    for (const args of [['verify'], ['set', 'A'], ['rotate'], ['migrate'], ['pack', '--merge'], ['init']]) {
      const { status, stderr } = user.pqx(args, { build, env, input: 'A=x\n' });
      expect(status, args.join(' ')).toBe(1);
      expect(stderr).toContain(
        `${config}/machine.kek is missing, and private.key.enc does not open without it`,
      );
      expect(stderr).toContain(`cp -a ${config} ${config}.copy and run that engine's \`verify\` once`);
    }
    expect(existsSync(join(config, 'machine.kek'))).toBe(false);
    expect(files()).toEqual(before);
  });
});
