/** An identity under a passphrase: given, typed, wrong; and moved between the stores. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, root, type User } from '../support/programs.ts';
import { onTerminal, pqxOnTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';

const PASSPHRASE = 'correct horse public';

/** A user with the fixture's store and bundle, and the passphrase in a file. */
function fixture(): User & { readonly given: Readonly<Record<string, string>> } {
  const user = newUser();
  cpSync(join(root, 'test', 'fixtures', 'v2-passphrase'), user.config, { recursive: true });
  user.shell('chmod 700 "$PQC_CONFIG_DIR"; chmod 600 "$PQC_CONFIG_DIR"/*');
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  cat: { command: cat, env: { A: ZENMUX_API_KEY } }\n  printenv: { command: printenv, env: { A: ZENMUX_API_KEY } }\n',
  );
  const given = { PQX_PASSPHRASE_FILE: user.write('passphrase', `${PASSPHRASE}\n`) };
  return { ...user, given };
}

function keyFile(user: User): Record<string, unknown> {
  return JSON.parse(readFileSync(join(user.config, 'private.key.enc'), 'utf8'));
}

describe.each(BUILD_NAMES)('a passphrase, %s', (build) => {
  test('opens the store of the format, from a file and from a descriptor', () => {
    const user = fixture();
    expect(user.ok(['get', 'ZENMUX_API_KEY'], { build, env: user.given }).stdout).toBe('z=1');
    expect(user.ok(['printenv', 'A'], { build, env: user.given }).stdout).toBe('z=1\n');
    for (const end of ['', '\\n', '\\r\\n']) {
      const line = `printf '${PASSPHRASE}${end}' > p; PQX_PASSPHRASE_FD=6 pqx printenv A 6< p; PQX_PASSPHRASE_FD=6 pqx cat /proc/self/fd/6 6< p`;
      const { stdout, stderr } = user.shell(line, { build });
      expect(stdout).toBe('z=1\n');
      expect(stderr).toContain('/proc/self/fd/6');
    }
  });

  test.each([
    ['wrong', 'correct horse publiC\n', 'does not open: the passphrase is wrong, or the file was changed'],
    ['with two line ends', `${PASSPHRASE}\n\n`, 'the passphrase is wrong'],
    ['empty', '\n', 'what PQX_PASSPHRASE_FILE names is empty'],
    ['not UTF-8', new Uint8Array([0xff, 0xfe]), 'the passphrase is not UTF-8'],
  ])('%s: 1 of a word, 125 of a launch', (_, text, message) => {
    const user = fixture();
    const env = { PQX_PASSPHRASE_FILE: user.write('other', text) };
    for (const [args, status] of [
      [['get', 'ZENMUX_API_KEY'], 1],
      [['printenv', 'A'], 125],
    ] as const) {
      const result = user.pqx(args, { build, env });
      expect(result).toMatchObject({ status, stdout: '' });
      expect(result.stderr).toContain(message);
      expect(result.stderr).not.toContain('horse');
    }
  });

  test('a passphrase file that others can read is refused with the chmod', () => {
    const user = fixture();
    const file = user.write('open', PASSPHRASE, 0o644);
    const { status, stderr } = user.pqx(['get', 'EMPTY'], { build, env: { PQX_PASSPHRASE_FILE: file } });
    expect(status).toBe(1);
    expect(stderr).toBe(`pqx: others can read ${file}\n  hint: chmod 600 ${file}\n`);
  });

  test('without a terminal and without a passphrase it says what to give', () => {
    const user = fixture();
    const { stderr } = user.shell('setsid -w pqx get EMPTY < /dev/null', { build });
    expect(stderr).toContain(
      'pqx: a passphrase is needed, and there is no terminal to ask on\n  hint: PQX_PASSPHRASE_FILE=',
    );
  });

  test("typed at the terminal, hidden; standard input is the target's, whole", async () => {
    const user = fixture();
    const content = Array.from({ length: 30_000 }, (_, line) => `line ${line}`).join('\n');
    user.write('file', content);
    const session = onTerminal(user, 'bash', [
      '-c',
      `${command(build)} cat < file > out; echo "status $?"; stty -a`,
    ]);
    await session.shows('Passphrase of ');
    session.type(`${PASSPHRASE}\r`);
    const { shown } = await session.ended;
    expect(shown).toContain('status 0');
    expect(shown).toMatch(/[^-]\becho\b/);
    expect(shown).not.toContain('horse');
    expect(readFileSync(join(user.home, 'out'), 'utf8')).toBe(content);
  });

  test.each([
    ['nothing typed', '\r', 125, 'no passphrase was typed'],
    ['end of input', '\x04', 125, 'no passphrase was typed'],
    ['wrong', 'x\r', 125, 'the passphrase is wrong'],
    ['Ctrl-C', 'half\x03', 130, ''],
  ])('%s at the prompt of a launch', async (_, keys, expected, message) => {
    const user = fixture();
    const session = pqxOnTerminal(user, build, ['printenv', 'A']);
    await session.shows('Passphrase of ');
    session.type(keys);
    const { shown, status } = await session.ended;
    expect(status).toBe(expected);
    expect(shown).toContain(message);
    expect(shown).not.toMatch(/z=1|half/);
  });

  test('asked once by a word that needs it several times', async () => {
    const user = fixture();
    const session = pqxOnTerminal(user, build, ['rotate']);
    await session.shows('Passphrase of ');
    session.type(`${PASSPHRASE}\r`);
    const { shown, status } = await session.ended;
    expect([status, shown.split('Passphrase of ').length]).toEqual([0, 2]);
    expect(keyFile(user)['kdf']).toMatchObject({ name: 'argon2id' });
    expect(user.ok(['get', 'ZENMUX_API_KEY'], { build, env: user.given }).stdout).toBe('z=1');
    expect(existsSync(join(user.config, 'machine.kek'))).toBe(false);
  });
});

test.each(['ML-KEM-768', 'ML-KEM-1024'])('%s moves between the stores and stays the same key', (alg) => {
  const user = newUser();
  const given = { PQX_PASSPHRASE_FILE: user.write('passphrase', 'Zoe\u0308 🔑\n') };
  user.ok(['keygen', '--alg', alg]);
  user.ok(['pack'], { input: 'A=1\n' });
  const recipient = readFileSync(join(user.config, 'recipient.pub'));
  expect(user.ok(['identity']).stdout).toBe(`${alg} identity in ${user.config}, in the file store\n`);
  user.ok(['identity', '--to', 'passphrase'], { env: given });
  expect(user.ok(['identity']).stdout).toBe(`${alg} identity in ${user.config}, under a passphrase\n`);
  expect(JSON.parse(user.ok(['status', '--json']).stdout).identity.store).toBe('passphrase');
  expect(keyFile(user)).toMatchObject({
    version: 2,
    alg,
    kdf: { name: 'argon2id', m_kib: 65_536, t: 3, p: 4 },
  });
  expect(readdirSync(user.config)).not.toContain('machine.kek');
  // The other spelling of the same letters, and the other build.
  const composed = { PQX_PASSPHRASE_FILE: user.write('composed', 'Zo\u00eb 🔑') };
  expect(user.ok(['get', 'A'], { env: composed, build: 'node' }).stdout).toBe('1');
  user.ok(['identity', '--to', 'file'], { env: given });
  expect(user.ok(['get', 'A']).stdout).toBe('1');
  expect(readFileSync(join(user.config, 'recipient.pub'))).toEqual(recipient);
});

test('keygen --store passphrase asks twice, and takes only the same twice', async () => {
  const user = newUser();
  for (const [second, expected] of [
    ['other\r', 1],
    ['first\r', 0],
  ] as const) {
    const session = pqxOnTerminal(user, 'standalone', ['keygen', '--store', 'passphrase']);
    await session.shows('New passphrase: ');
    session.type('first\r');
    await session.shows('The same again: ');
    session.type(second);
    expect((await session.ended).status).toBe(expected);
    expect(existsSync(join(user.config, 'private.key.enc'))).toBe(expected === 0);
  }
  const env = { PQX_PASSPHRASE_FILE: user.write('p', 'first\n') };
  user.ok(['pack'], { env, input: 'A=1\n' });
  expect(user.ok(['get', 'A'], { env }).stdout).toBe('1');
});

test.each([
  ['m_kib', 1_048_577],
  ['m_kib', 19_455],
  ['t', 17],
  ['t', 1],
  ['p', 17],
  ['p', 0],
  ['t', 2.5],
  ['more', 1],
])('kdf.%s of %d is refused before any work is done', (member, value) => {
  const user = fixture();
  const file = keyFile(user);
  writeFileSync(
    join(user.config, 'private.key.enc'),
    JSON.stringify({ ...file, kdf: { ...(file['kdf'] as object), [member]: value } }),
  );
  const { status, stderr } = user.pqx(['get', 'ZENMUX_API_KEY'], { env: user.given });
  expect(status).toBe(1);
  expect(stderr).toContain(
    member === 'more' ? 'field kdf has an unknown member' : `field kdf.${member} is no number`,
  );
});

function command(build: Build): string {
  const parts =
    build === 'standalone' ? [join(root, 'bin', 'pqx')] : [process.execPath, join(root, 'bin', 'pqx.mjs')];
  return parts.map((part) => `'${part}'`).join(' ');
}
