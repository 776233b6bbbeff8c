/** The hidden prompt, on a real terminal. Both builds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { onTerminal, pqxOnTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';

const QUESTION = 'Value of A (it is not shown): ';

function ready(): User {
  const user = newUser();
  user.ok(['init']);
  return user;
}

/** Types `keys` at the prompt of `set A`; what is stored then. */
async function typed(user: User, build: Build, keys: string): Promise<string> {
  const session = pqxOnTerminal(user, build, ['set', 'A']);
  await session.shows(QUESTION);
  session.type(keys);
  const { shown, status } = await session.ended;
  expect(status, shown).toBe(0);
  expect(shown).toContain(`${QUESTION}\r\nA added to`);
  return user.ok(['get', 'A']).stdout;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('takes what is typed and shows nothing of it', async () => {
    const user = ready();
    const session = pqxOnTerminal(user, build, ['set', 'A']);
    await session.shows(QUESTION);
    for (const key of 'sesame') session.type(key);
    session.type('\r');
    const { shown, status } = await session.ended;
    expect(status).toBe(0);
    expect(shown).not.toMatch(/[*•]|ses/);
    expect(user.ok(['get', 'A']).stdout).toBe('sesame');
  });

  test.each([
    ['backspace', 'wronf\x7fg\r', 'wrong'],
    ['backspace over a character of several bytes', 'é秘\x7f🔑\x7f\x7fx\r', 'x'],
    ['Ctrl-U', 'all wrong\x15right\r', 'right'],
    ['arrows, and keys that send a sequence', 'a\x1b[Ab\x1b[3~c\x1bOPd\r', 'abcd'],
    ['white space and characters beyond ASCII', '  clé 秘密\t🔑 \r', '  clé 秘密\t🔑 '],
    ['Ctrl-D behind text', 'text\x04', 'text'],
    [
      'more than the line of a terminal holds',
      `${'0123456789abcdef'.repeat(512)}\r`,
      '0123456789abcdef'.repeat(512),
    ],
  ])('%s', async (_, keys, value) => {
    expect(await typed(ready(), build, keys)).toBe(value);
  });

  test('several lines pasted: refused, with the way that takes them; the other lines do not reach the shell', async () => {
    const user = ready();
    const script = `${BUILDS[build].map((part) => `'${part}'`).join(' ')} set A; echo "status $?"; IFS= read -r -t 1 line; echo "shell got: <$line>"`;
    const session = onTerminal(user, 'bash', ['-c', script]);
    await session.shows(QUESTION);
    session.type('-----BEGIN KEY-----\rgeheim\r-----END KEY-----\r');
    const { shown } = await session.ended;
    expect(shown).toContain(
      'pqx: several lines were pasted, and a prompt takes one\r\n  hint: pqx set NAME < FILE',
    );
    expect(shown).toContain('status 1');
    expect(shown).toContain('shell got: <>');
    expect(shown).not.toContain('geheim');
    expect(user.ok(['list']).stdout).toBe('');
  });

  test.each([
    ['an empty line', '\r'],
    ['Ctrl-D at once', '\x04'],
  ])('%s: nothing is changed', async (_, keys) => {
    const user = ready();
    const before = readFileSync(join(user.config, 'secrets.bundle.json'));
    const session = pqxOnTerminal(user, build, ['set', 'A']);
    await session.shows(QUESTION);
    session.type(keys);
    const { shown, status } = await session.ended;
    expect(status).toBe(1);
    expect(shown).toContain('pqx: nothing was typed; nothing was changed');
    expect(readFileSync(join(user.config, 'secrets.bundle.json'))).toEqual(before);
  });

  test.each([
    ['Ctrl-C', 130, (session: { type: (text: string) => void }) => session.type('half\x03')],
    ['SIGTERM', 143, undefined],
  ])('%s ends it with %i, and the terminal shows again what is typed', async (_, expected, end) => {
    const user = ready();
    const command = BUILDS[build].map((part) => `'${part}'`).join(' ');
    const session = onTerminal(user, 'bash', ['-c', `${command} set A; echo "status $?"; stty -a`]);
    await session.shows(QUESTION);
    if (end === undefined) process.kill(childOf(session.pid), 'SIGTERM');
    else end(session);
    const { shown } = await session.ended;
    expect(shown).toContain(`status ${expected}`);
    expect(shown).toMatch(/[^-]\becho\b/);
    expect(shown).toMatch(/[^-]\bicanon\b/);
    expect(shown).toMatch(/[^-]\bisig\b/);
    expect(shown).not.toContain('half');
    expect(user.ok(['list']).stdout).toBe('');
  });

  test('asks on the terminal even when its output is not one', async () => {
    const user = ready();
    const command = BUILDS[build].map((part) => `'${part}'`).join(' ');
    const session = onTerminal(user, 'bash', ['-c', `${command} set A > out 2> err`]);
    await session.shows(QUESTION);
    session.type('value\r');
    expect((await session.ended).status).toBe(0);
    expect(readFileSync(join(user.home, 'out'), 'utf8')).toBe('');
    expect(readFileSync(join(user.home, 'err'), 'utf8')).toMatch(/^A added to /);
    expect(user.ok(['get', 'A']).stdout).toBe('value');
  });

  test('`init` asks for the label, and takes the one that it offers', async () => {
    for (const [typedLabel, expected] of [
      ['laptop\r', /^laptop$/],
      ['\r', /^[A-Za-z0-9._@-]+$/],
    ] as const) {
      const user = newUser();
      const session = pqxOnTerminal(user, build, ['init']);
      await session.shows('by which a team knows it: [');
      await session.shows('] ');
      session.type(typedLabel);
      expect((await session.ended).status).toBe(0);
      expect(JSON.parse(user.ok(['recipients', '--json']).stdout)[0].label).toMatch(expected);
    }
  });
});

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}
