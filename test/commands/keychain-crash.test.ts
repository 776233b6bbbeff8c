/**
 * What moves the private key, killed at every system call by which it changes something (strace): the identity opens, the
 * bundle too, and the same word, said again, completes it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type KeychainUser, keychainUser, missingPackage, NEEDS } from '../support/keychain.ts';
import { BUILDS, type Result } from '../support/programs.ts';

/** What changes a file, or starts what changes the keychain. */
const CHANGES = /^(rename|renameat|renameat2|unlink|unlinkat|vfork|clone|clone3)$/;
const CALLS = [
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'vfork', 'clone', 'clone3'],
  ...['flock', 'openat', 'write', 'fsync', 'mkdir', 'close', 'read', 'wait4', 'poll'],
];
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

interface Case {
  readonly title: string;
  readonly before: readonly (readonly string[])[];
  readonly args: readonly string[];
  /** The files of the config directory that are there in the end, of those that say where the key is. */
  readonly after: readonly string[];
}

const KEY_FILES = ['private.key.enc', 'machine.kek', 'keychain.json'];
const IN_KEYCHAIN = ['keygen', '--store', 'keychain'];
const IN_FILE = ['keygen', '--store', 'file'];
const UNDER_PASSPHRASE = ['keygen', '--store', 'passphrase'];

const CASES: readonly Case[] = [
  {
    title: 'file → keychain',
    before: [IN_FILE],
    args: ['identity', '--to', 'keychain'],
    after: ['keychain.json'],
  },
  {
    title: 'keychain → file',
    before: [IN_KEYCHAIN],
    args: ['identity', '--to', 'file'],
    after: ['private.key.enc', 'machine.kek'],
  },
  {
    title: 'keychain → passphrase',
    before: [IN_KEYCHAIN],
    args: ['identity', '--to', 'passphrase'],
    after: ['private.key.enc'],
  },
  {
    title: 'file → passphrase',
    before: [IN_FILE],
    args: ['identity', '--to', 'passphrase'],
    after: ['private.key.enc'],
  },
  {
    title: 'passphrase → file',
    before: [UNDER_PASSPHRASE],
    args: ['identity', '--to', 'file'],
    after: ['private.key.enc', 'machine.kek'],
  },
  {
    title: 'passphrase → keychain',
    before: [UNDER_PASSPHRASE],
    args: ['identity', '--to', 'keychain'],
    after: ['keychain.json'],
  },
  { title: 'rotate in the keychain', before: [IN_KEYCHAIN], args: ['rotate'], after: ['keychain.json'] },
  {
    title: 'rotate --purge in the keychain',
    before: [IN_KEYCHAIN, ['rotate']],
    args: ['rotate', '--purge'],
    after: ['keychain.json'],
  },
];

describe.skipIf(missingPackage !== undefined || !canTrace)(
  `killed at each system call (strace): ${NEEDS}`,
  () => {
    test.each(CASES)(
      '$title',
      async ({ before: [make = [], ...more], args, after }) => {
        const user = await userElsewhere();
        user.ok(make);
        user.ok(['pack'], { input: 'A=a1\n' });
        for (const word of more) user.ok(word);
        const restore = keeper(user);
        const points = pointsOf(user, args);
        expect(points.length).toBeGreaterThan(2);
        for (const { call, when } of points) {
          restore();
          const inject = `inject=${call}:signal=KILL:when=${when}`;
          const { signal } = strace(user, ['-o', '/dev/null', '-e', inject], args);
          expect(signal, inject).toBe('SIGKILL');
          expect(await onceItAnswers(user, () => user.pqx(['get', 'A'])), inject).toMatchObject({
            status: 0,
            stdout: 'a1',
          });
          // Done as it is: `--to passphrase` would ask for another passphrase.
          if (args[0] === 'identity' && isDone(user, after)) continue;
          const again = await onceItAnswers(user, () => user.pqx(args));
          expect(again.status, `${inject}: ${again.stderr}`).toBe(0);
          expect(args[0] === 'rotate' || isDone(user, after), inject).toBe(true);
          // It opens the bundle too.
          expect(await onceItAnswers(user, () => user.pqx(['doctor'])), inject).toMatchObject({ status: 0 });
        }
      },
      300_000,
    );
  },
);

/**
 * GNOME Keyring may say for a moment that it is locked, or end itself, when one who spoke with it was killed in the middle.
 * Then it is asked again; a session of a desktop would start it again too.
 */
async function onceItAnswers(user: KeychainUser, run: () => Result): Promise<Result> {
  for (let tries = 40; ; tries -= 1) {
    const result = run();
    if (tries === 0 || result.status === 0) return result;
    // Meanwhile this process is told whether the keychain has ended.
    await setTimeout(250);
    const isOver = await user.session.revive();
    if (!isOver && !result.stderr.includes('the keychain is locked')) return result;
  }
}

/** The key is in one place, and nothing is left of the others. */
function isDone(user: KeychainUser, after: readonly string[]): boolean {
  const there = KEY_FILES.filter((name) => existsSync(join(user.config, name)));
  const entries = after.includes('keychain.json') ? 1 : 0;
  return there.join() === after.join() && entriesOf(user).length === entries;
}

/** A user whose keychain does not lie in his home, so that this can be put back without it. */
async function userElsewhere(): Promise<KeychainUser> {
  const user = await keychainUser('standalone', true, 'elsewhere');
  const PQX_PASSPHRASE_FILE = user.write('passphrase', 'made up\n');
  const within = (env = {}) => ({ PQX_PASSPHRASE_FILE, ...env });
  return {
    ...user,
    pqx: (args, options) => user.pqx(args, { ...options, env: within(options?.env) }),
    ok: (args, options) => user.ok(args, { ...options, env: within(options?.env) }),
  };
}

interface Entry {
  readonly account: string;
  readonly text: string;
}

function entriesOf(user: KeychainUser): readonly Entry[] {
  const { stdout, stderr } = user.session.tool(['search', '--all', 'service', 'pqc-secrets']);
  const accounts = [...`${stdout}${stderr}`.matchAll(/^attribute\.account = (.*)$/gm)].map(
    ([, account = '']) => account,
  );
  return accounts.map((account) => ({
    account,
    text: user.session.tool(['lookup', 'service', 'pqc-secrets', 'account', account]).stdout,
  }));
}

/** Keeps home and keychain as they are now; what it returns brings them back. */
function keeper(user: KeychainUser): () => void {
  const kept = join(scratch(), 'home');
  cpSync(user.home, kept, { recursive: true });
  const entries = entriesOf(user);
  return () => {
    rmSync(user.home, { recursive: true, force: true });
    cpSync(kept, user.home, { recursive: true });
    user.session.tool(['clear', 'service', 'pqc-secrets']);
    for (const { account, text } of entries)
      user.session.tool(
        ['store', '--label=x', 'service', 'pqc-secrets', 'account', account, 'username', account],
        text,
      );
  };
}

interface Point {
  readonly call: string;
  /** Counted from 1 in the first thread, which is the one that works. */
  readonly when: number;
}

/**
 * A call of the list from the word's first lock on, and after it the first one after each change: between two changes
 * there is nothing else to be found. They are known by letting the word run to its end once.
 */
function pointsOf(user: KeychainUser, args: readonly string[]): readonly Point[] {
  const trace = join(scratch(), 'trace');
  const { status, stderr } = strace(user, ['-o', trace, '-e', `trace=${CALLS.join(',')}`], args);
  expect(status, stderr).toBe(0);
  const counts = new Map<string, number>();
  const points: Point[] = [];
  let [locked, changed] = [false, true];
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const when = (counts.get(call) ?? 0) + 1;
    counts.set(call, when);
    locked ||= call === 'flock';
    if (locked && changed && !CHANGES.test(call)) {
      points.push({ call, when });
      changed = false;
    } else if (CHANGES.test(call)) {
      if (locked && changed) points.push({ call, when });
      changed = true;
    }
  }
  return points;
}

/** Without -f: what pqx starts is left alone. */
function strace(user: KeychainUser, options: readonly string[], args: readonly string[]) {
  const env = { ...user.env, ...user.session.env, PQX_PASSPHRASE_FILE: join(user.home, 'passphrase') };
  return spawnSync('strace', [...options, ...BUILDS.standalone, ...args], {
    env,
    cwd: user.home,
    encoding: 'utf8',
  });
}

function scratch(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-crash-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
