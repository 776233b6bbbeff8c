/**
 * Words killed at every system call by which they change something, from the lock on (strace): what is left opens with
 * all secrets, as they were or as they were to be, and the next word writes without anything to be cleaned by hand.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILDS, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const CALLS = [
  'flock',
  'openat',
  'write',
  'pwrite64',
  'fchmod',
  'fsync',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'mkdir',
  'close',
];

type Values = Readonly<Record<string, string>>;

interface Case {
  readonly title: string;
  /** Makes the store as the word finds it. */
  readonly prepare: (user: User) => void;
  readonly args: readonly string[];
  readonly input?: string;
  readonly before: Values;
  readonly after: Values;
}

const OLD: Values = { A: 'one', B: 'two\nlines\n', C: 'three' };

function packed(user: User, format = 'v2'): void {
  user.ok(['keygen']);
  user.ok(['pack', '--bundle-format', format], { input: "A=one\nB='two\nlines\n'\nC=three\n" });
  // The first opening writes the pin, which every later change has to keep.
  user.ok(['verify']);
}

function withBob(user: User): void {
  packed(user);
  user.ok(['keygen', '--stdout', '--pub', 'bob.pub', '--reveal']);
  user.ok(['recipients', 'add', 'bob.pub', '--label', 'bob']);
}

function withSingleEnvelope(user: User): void {
  cpSync(join(root, 'test/fixtures/v1-python-single-envelope'), user.config, { recursive: true });
  user.shell('chmod 700 "$PQC_CONFIG_DIR" && chmod 600 "$PQC_CONFIG_DIR"/*');
}

const SINGLE: Values = JSON.parse(
  readFileSync(join(root, 'test/fixtures/v1-python-single-envelope/expected.json'), 'utf8'),
);

const CASES: readonly Case[] = [
  {
    title: 'set',
    prepare: packed,
    args: ['set', 'A'],
    input: 'new',
    before: OLD,
    after: { ...OLD, A: 'new' },
  },
  {
    title: 'set in a v1 bundle',
    prepare: (user) => packed(user, 'v1'),
    args: ['set', 'D'],
    input: 'new',
    before: OLD,
    after: { ...OLD, D: 'new' },
  },
  {
    title: 'pack --replace',
    prepare: packed,
    args: ['pack', '--replace'],
    input: 'A=other\nD=four\n',
    before: OLD,
    after: { A: 'other', D: 'four' },
  },
  {
    title: 'rename',
    prepare: packed,
    args: ['rename', 'B', 'RENAMED'],
    before: OLD,
    after: { A: 'one', C: 'three', RENAMED: 'two\nlines\n' },
  },
  { title: 'rotate', prepare: packed, args: ['rotate'], before: OLD, after: OLD },
  {
    title: 'rotate of a v1 bundle',
    prepare: (user) => packed(user, 'v1'),
    args: ['rotate'],
    before: OLD,
    after: OLD,
  },
  {
    title: 'rotate --purge',
    prepare: (user) => {
      packed(user);
      user.ok(['rotate']);
    },
    args: ['rotate', '--purge'],
    before: OLD,
    after: OLD,
  },
  {
    title: 'recipients remove',
    prepare: withBob,
    args: ['recipients', 'remove', 'bob'],
    before: OLD,
    after: OLD,
  },
  {
    title: 'migrate of a single-envelope bundle to v2',
    prepare: withSingleEnvelope,
    args: ['migrate', '--bundle-format', 'v2'],
    before: SINGLE,
    after: SINGLE,
  },
  {
    title: 'migrate of v1 to v2',
    prepare: (user) => packed(user, 'v1'),
    args: ['migrate', '--bundle-format', 'v2'],
    before: OLD,
    after: OLD,
  },
];

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe.skipIf(!canTrace)('killed at each system call (strace)', () => {
  test.each(CASES)('$title', ({ prepare, args, input = '', before, after }) => {
    const user = newUser();
    prepare(user);
    const restore = keeper(user);
    const points = pointsOf(user, args, input);
    expect(points.length).toBeGreaterThan(3);
    const seen = new Set<string>();
    for (const { call, when } of points) {
      restore();
      const inject = `inject=${call}:signal=KILL:when=${when}`;
      const { signal } = strace(user, ['-o', '/dev/null', '-e', inject], args, input);
      expect(signal, inject).toBe('SIGKILL');
      const values = valuesOf(user);
      seen.add(JSON.stringify(values));
      expect([before, after], inject).toContainEqual(values);
      user.ok(['set', 'AFTERWARDS'], { input: 'written' });
      expect(valuesOf(user)).toEqual({ ...values, AFTERWARDS: 'written' });
      expect(leftOf(user)).toEqual([]);
    }
    // Kills on both sides of the change were met, where there are two.
    expect(seen.size).toBe(JSON.stringify(before) === JSON.stringify(after) ? 1 : 2);
  });

  test('a rotation that was cut short is completed by the next one', () => {
    const user = newUser();
    packed(user);
    const restore = keeper(user);
    const renames = pointsOf(user, ['rotate'], '').filter(({ call }) => call.startsWith('rename'));
    expect(renames.length).toBeGreaterThan(3);
    for (const { call, when } of renames) {
      restore();
      strace(user, ['-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${when}`], ['rotate'], '');
      user.ok(['rotate']);
      user.ok(['rotate', '--purge']);
      expect(valuesOf(user)).toEqual(OLD);
      const { identity, bundle } = JSON.parse(user.ok(['status', '--json']).stdout);
      const [stanza] = JSON.parse(user.ok(['recipients', '--json']).stdout);
      expect(bundle.recipients).toHaveLength(1);
      expect(stanza.public_key_sha3_256).toBe(identity.public_key_sha3_256);
      expect(identity.former).toBeUndefined();
    }
  });

  test('init that was cut short makes the rest when it is called again', () => {
    const user = newUser();
    const restore = keeper(user);
    for (const { call, when } of pointsOf(user, ['init'], '')) {
      restore();
      strace(user, ['-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${when}`], ['init'], '');
      user.ok(['init']);
      user.ok(['set', 'A'], { input: 'one' });
      expect(valuesOf(user)).toEqual({ A: 'one' });
      expect(user.ok(['profiles', 'list']).stdout).toBe('');
      const { identity } = JSON.parse(user.ok(['status', '--json']).stdout);
      const [stanza] = JSON.parse(user.ok(['recipients', '--json']).stdout);
      expect(stanza.public_key_sha3_256).toBe(identity.public_key_sha3_256);
    }
  });
});

interface Point {
  readonly call: string;
  /** Counted from 1 in the thread that works, as strace counts. */
  readonly when: number;
}

/** Every call of the list that the word makes from its first lock on, found by letting it run to its end once. */
function pointsOf(user: User, args: readonly string[], input: string): readonly Point[] {
  const trace = join(scratch(), 'trace');
  const { status } = strace(user, ['-o', trace, '-e', `trace=${CALLS.join(',')}`], args, input);
  expect(status).toBe(0);
  const lines = readFileSync(trace, 'utf8').split('\n');
  const thread = lines.find((line) => line.includes(' flock('))?.split(' ')[0] ?? '';
  const counts = new Map<string, number>();
  const points: Point[] = [];
  let locked = false;
  for (const line of lines) {
    const [, pid, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (pid !== thread) continue;
    const when = (counts.get(call) ?? 0) + 1;
    counts.set(call, when);
    locked ||= call === 'flock';
    if (locked && isChange(line)) points.push({ call, when });
  }
  return points;
}

/** Opening to read changes nothing, nor does closing what was read: the state is that of the call before. */
function isChange(line: string): boolean {
  if (line.includes(' openat(')) return line.includes('O_CREAT');
  return !line.includes(' close(');
}

function strace(user: User, options: readonly string[], args: readonly string[], input: string) {
  return spawnSync('strace', ['-f', ...options, ...BUILDS.standalone, ...args], {
    env: { ...user.env },
    cwd: user.home,
    input,
  });
}

/** Keeps the user's home as it is now; what it returns brings it back, at the same path, which the pin is for. */
function keeper(user: User): () => void {
  const kept = join(scratch(), 'home');
  cpSync(user.home, kept, { recursive: true });
  return () => {
    rmSync(user.home, { recursive: true, force: true });
    cpSync(kept, user.home, { recursive: true });
  };
}

function scratch(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-crash-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function valuesOf(user: User): Values {
  return JSON.parse(user.ok(['export', '--format', 'json']).stdout);
}

/** Temporary files of the bundle, which a writer takes away that finds them left behind. */
function leftOf(user: User): readonly string[] {
  return readdirSync(user.config).filter((name) => /^\.secrets.*\.tmp$/.test(name));
}
