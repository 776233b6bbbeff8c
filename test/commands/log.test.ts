/** The audit log: what is written down, what is not, and what `log` shows of it. Both builds. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const PROFILES = `version: 1
profiles:
  tool:
    command: sh
    env: { TOOL: TOOL_KEY, MORE: MORE_KEY }
`;
const CANARY = 'canary-value';

function ready(profiles = PROFILES): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: `TOOL_KEY=${CANARY}-1\nMORE_KEY=${CANARY}-2\nOTHER_KEY=${CANARY}-3\n` });
  user.write('.config/pqc-secrets/profiles.yaml', profiles);
  return user;
}

function logPath(user: User): string {
  return join(user.config, 'audit.jsonl');
}

function eventsOf(user: User): readonly Record<string, unknown>[] {
  return readFileSync(logPath(user), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('a launch is written down: what, with which keys, where; no value and no argument', () => {
    const user = ready();
    rmSync(logPath(user));
    user.ok(['sh', '-c', ': secret-argument'], { build, env: { CLAUDECODE: '1' } });
    const [event, ...more] = eventsOf(user);
    expect(more).toEqual([]);
    expect(event).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'launch',
      profile: 'tool',
      program: expect.stringMatching(/^\/(usr\/)?bin\/(dash|bash|sh|busybox)$/),
      bundle: join(user.config, 'secrets.bundle.json'),
      keys: ['MORE_KEY', 'TOOL_KEY'],
      cwd: user.home,
      pid: expect.any(Number),
      agent: 'CLAUDECODE',
    });
    expect(statSync(logPath(user)).mode & 0o777).toBe(0o600);
    const text = readFileSync(logPath(user), 'utf8');
    expect(text).not.toContain('secret-argument');
    expect(text).not.toContain(CANARY);
  });

  test('words that print or change keys are written down, with their names', () => {
    const user = ready();
    user.ok(['get', 'TOOL_KEY'], { build });
    user.ok(['export', '-p', 'tool'], { build });
    user.ok(['set', 'NEW_KEY'], { build, input: `${CANARY}-4` });
    user.ok(['rename', 'NEW_KEY', 'NEWER_KEY'], { build });
    user.ok(['unset', 'NEWER_KEY'], { build });
    user.ok(['gen', '--set', 'MADE'], { build });
    user.ok(['rotate'], { build });
    user.ok(['verify', '--accept'], { build });
    expect(eventsOf(user).map(({ event, keys }) => [event, keys])).toEqual([
      ['keygen', undefined],
      ['pack', ['TOOL_KEY', 'MORE_KEY', 'OTHER_KEY']],
      ['get', ['TOOL_KEY']],
      ['export', ['MORE_KEY', 'TOOL_KEY']],
      ['set', ['NEW_KEY']],
      ['rename', ['NEW_KEY', 'NEWER_KEY']],
      ['unset', ['NEWER_KEY']],
      ['gen', ['MADE']],
      ['rotate', undefined],
      ['verify --accept', ['MADE', 'MORE_KEY', 'OTHER_KEY', 'TOOL_KEY']],
    ]);
    expect(readFileSync(logPath(user), 'utf8')).not.toContain(CANARY);
  });

  test('what is only looked at is not', () => {
    const user = ready();
    const before = eventsOf(user).length;
    for (const args of [['list'], ['verify'], ['explain', 'sh'], ['status'], ['log'], ['profiles']])
      user.ok(args, { build });
    expect(eventsOf(user)).toHaveLength(before);
  });

  test('a launch that does not start is written down as such', () => {
    const user = ready(`${PROFILES}  big:\n    env: { BIG: { value: "${'x'.repeat(140_000)}" } }\n`);
    const result = user.pqx(['-p', 'big', 'true'], { build });
    expect(result.status).not.toBe(0);
    expect(
      eventsOf(user)
        .slice(-2)
        .map(({ event, profile }) => [event, profile]),
    ).toEqual([
      ['launch', 'big'],
      ['launch-failed', 'big'],
    ]);
  });

  test('audit: off writes nothing', () => {
    const user = ready(PROFILES.replace('profiles:', 'settings: { audit: off }\nprofiles:'));
    const before = readFileSync(logPath(user), 'utf8');
    user.ok(['sh', '-c', ':'], { build });
    user.ok(['get', 'TOOL_KEY'], { build });
    expect(readFileSync(logPath(user), 'utf8')).toBe(before);
  });

  test('a log that cannot be written stops nothing, unless it is required; then nothing is started', () => {
    const user = ready();
    rmSync(logPath(user));
    mkdirSync(logPath(user));
    const run = ['sh', '-c', 'echo started'];
    expect(user.ok(run, { build }).stdout).toBe('started\n');
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      PROFILES.replace('profiles:', 'settings: { audit: required }\nprofiles:'),
    );
    const refused = user.pqx(run, { build });
    expect(refused.status).toBe(125);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toBe(
      `pqx: the audit log ${logPath(user)} cannot be written: EISDIR\n  hint: settings: { audit: on }   goes on without it\n`,
    );
    const get = user.pqx(['get', 'TOOL_KEY'], { build });
    expect(get.status).toBe(1);
    expect(get.stdout).toBe('');
  });

  test('a FIFO in its place is not waited for', () => {
    const user = ready();
    rmSync(logPath(user));
    expect(user.shell(`mkfifo ${logPath(user)} && pqx sh -c 'echo started'`, { build }).stdout).toBe(
      'started\n',
    );
  });

  test('without a config directory there is no log, and none is made', () => {
    const user = newUser();
    user.write('p.yaml', 'version: 1\nprofiles:\n  t: { command: sh, env: { A: { value: b } } }\n');
    user.ok(['--profiles', 'p.yaml', 'sh', '-c', ':'], { build });
    expect(existsSync(user.config)).toBe(false);
  });

  test('at 5 MiB it is turned over, and `log` shows both', () => {
    const user = ready();
    const line = `${JSON.stringify({ time: '2001-01-01T00:00:00.000Z', event: 'launch', profile: 'old' })}\n`;
    writeFileSync(logPath(user), line.repeat(Math.ceil((5 * 1024 * 1024) / line.length)), { mode: 0o600 });
    user.ok(['sh', '-c', ':'], { build });
    user.ok(['sh', '-c', ':'], { build });
    expect(eventsOf(user)).toHaveLength(1);
    expect(statSync(`${logPath(user)}.1`).mode & 0o777).toBe(0o600);
    const shown = user.ok(['log', '-p', 'tool', '--json'], { build }).stdout.trim().split('\n');
    expect(shown).toHaveLength(2);
  });

  test('log shows a line for each, and filters by key, profile and time', () => {
    const user = ready();
    writeFileSync(
      logPath(user),
      [
        { time: '2001-01-01T00:00:00.000Z', event: 'get', keys: ['A'], cwd: '/\u001b[2J', pid: 1 },
        {
          time: '2002-01-01T00:00:00.000Z',
          event: 'launch',
          profile: 'p',
          program: '/bin/x',
          keys: ['A', 'B'],
          files: ['f'],
          cwd: '/w',
          pid: 2,
          agent: 'CODEX_CI',
        },
        { time: new Date().toISOString(), event: 'end', profile: 'p', how: 'status 3', cwd: '/w', pid: 2 },
      ]
        .map((event) => `${JSON.stringify(event)}\n`)
        .join('')
        .concat('{"broken\n'),
      { mode: 0o600 },
    );
    const all = user.ok(['log'], { build });
    expect(all.stderr).toBe('pqx: 1 line of the log cannot be read\n');
    expect(all.stdout.split('\n').slice(0, 2)).toEqual([
      '2001-01-01T00:00:00Z  get  keys A  in /\\x1b[2J  pid 1',
      '2002-01-01T00:00:00Z  launch  profile p  /bin/x  keys A, B  files f  in /w  pid 2  under CODEX_CI',
    ]);
    const events = (args: readonly string[]) =>
      user
        .ok(['log', '--json', ...args], { build })
        .stdout.split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { readonly event: string }).event);
    expect(events([])).toEqual(['get', 'launch', 'end']);
    expect(events(['--key', 'B'])).toEqual(['launch']);
    expect(events(['--profile', 'p'])).toEqual(['launch', 'end']);
    expect(events(['--since', '1h'])).toEqual(['end']);
    expect(events(['--since', '2001-06-01'])).toEqual(['launch', 'end']);
    const wrong = user.pqx(['log', '--since', 'yesterday'], { build });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('hint: pqx log --since 1h');
  });

  test('fifty launches at once write fifty whole lines', () => {
    const user = ready();
    rmSync(logPath(user));
    user.shell('for i in $(seq 50); do pqx sh -c : & done; wait', { build });
    expect(eventsOf(user).filter(({ event }) => event === 'launch')).toHaveLength(50);
  });
});

test('a supervised launch is written down to its end', () => {
  const user = ready();
  // The Node build waits for a target that inherits a descriptor.
  user.shell('pqx sh -c "exit 3" 5</dev/null', { build: 'node' });
  user.shell('pqx sh -c "kill -TERM \\$\\$" 5</dev/null', { build: 'node' });
  expect(
    eventsOf(user)
      .slice(-4)
      .map(({ event, how }) => [event, how]),
  ).toEqual([
    ['launch', undefined],
    ['end', 'status 3'],
    ['launch', undefined],
    ['end', 'signal 15'],
  ]);
});
