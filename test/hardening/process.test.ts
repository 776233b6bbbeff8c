/**
 * pqx while it holds keys and waits: no inspector, no core file, and nothing of it can be read by its own user's other
 * programs; the target is as it was. What of it the Node build cannot do stands in THREAT-MODEL, and is not tried here.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { listeningSockets } from '../support/sockets.ts';
import { onTerminal, pqxOnTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';

const PROFILES = `version: 1
profiles:
  sh: { command: sh, env: { A: A } }
  masked: { command: dash, env: { A: A }, mask: true }
`;
const corePattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
/** Cores appear in the working directory, unless their limit forbids it for good. */
const coresAreFiles =
  /^core/.test(corePattern) && spawnSync('bash', ['-c', 'ulimit -Hc']).stdout.toString() !== '0\n';
const asRoot = process.getuid?.() === 0;

function ready(build: Build = 'standalone'): User {
  const user = newUser();
  user.ok(['keygen'], { build });
  user.ok(['pack'], { build, input: 'A=a1-of-the-bundle\n' });
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  return user;
}

/** A supervising pqx, whose target has said that it is there. */
async function waiting(user: User, build: Build, script: string) {
  const [program, ...first] = BUILDS[build];
  const child = spawn(program, [...first, 'dash', '-c', script], { env: { ...user.env }, cwd: user.home });
  onTestFinished(() => void child.kill('SIGKILL'));
  let shown = '';
  let look: () => void = () => undefined;
  const add = (chunk: Buffer) => {
    shown += chunk.toString();
    look();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('close', (status, signal) => resolve(signal ?? status)),
  );
  const shows = (text: string) =>
    Promise.race([
      new Promise<void>((resolve) => {
        look = () => {
          if (shown.includes(text)) resolve();
        };
        look();
      }),
      ended.then(() => {
        if (!shown.includes(text)) throw new Error(`it ended without ${text}: ${shown}`);
      }),
    ]);
  await shows('ready');
  return { child, pid: child.pid ?? 0, shows, ended, shown: () => shown };
}

describe.each(BUILD_NAMES)('SIGUSR1, %s', (build) => {
  test('to one that waits for its target: the target gets it, and no socket listens', async () => {
    const script =
      'trap "echo got it" USR1; trap "echo end; exit 0" TERM; echo ready; while :; do sleep 0.05; done';
    const { pid, shows, ended, shown } = await waiting(ready(build), build, script);
    for (const times of [1, 2]) {
      process.kill(pid, 'SIGUSR1');
      await shows('got it\n'.repeat(times));
      // Only root can look into a standalone.
      if (asRoot || build === 'node') expect(listeningSockets(pid)).toEqual([]);
    }
    process.kill(pid, 'SIGTERM');
    expect(await ended).toBe(0);
    expect(shown()).toBe('ready\ngot it\ngot it\nend\n');
  });

  test('to one that reads a value at a hidden prompt: no socket listens', async () => {
    const user = ready(build);
    const session = pqxOnTerminal(user, build, ['set', 'B']);
    await session.shows('Value of B');
    process.kill(session.pid, 'SIGUSR1');
    if (build === 'standalone') {
      expect(await session.ended).toMatchObject({ signal: 10 });
      return;
    }
    expect(listeningSockets(session.pid)).toEqual([]);
    session.type('b1\r');
    const { shown, status } = await session.ended;
    expect(status).toBe(0);
    expect(shown).not.toMatch(/listening|debugger/i);
    expect(user.ok(['get', 'B'], { build }).stdout).toBe('b1');
  });
});

test('the look for sockets does see the inspector that Node opens', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log("ready"); setInterval(() => 0, 1000)'], {
    env: { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGUSR1');
  for (let tries = 0; listeningSockets(child.pid ?? 0).length === 0; tries += 1) {
    expect(tries).toBeLessThan(1000);
    await wait(20);
  }
});

/**
 * A user who is not root, and how a line of shell is run as that user: root sees into everything. `around` is one of the
 * test's own user, with that as its `"$@"`.
 */
function plainUser() {
  const user = ready();
  const pqx = join(user.home, 'pqx');
  copyFileSync(BUILDS.standalone[0], pqx);
  const nobody = 65_534;
  if (asRoot) {
    for (const path of ['', ...readdirSync(user.home, { recursive: true, encoding: 'utf8' })])
      chownSync(join(user.home, path), nobody, nobody);
  }
  const prefix = asRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'] : [];
  return (line: string, env: Readonly<Record<string, string>> = {}, around = 'exec "$@"') => {
    const [program = '', ...args] = ['bash', '-c', around, '-', ...prefix, 'bash', '-c', line];
    return spawnSync(program, args, {
      cwd: user.home,
      encoding: 'utf8',
      env: { ...user.env, PATH: `${user.home}:${user.env['PATH']}`, ...env },
      timeout: 60_000,
    });
  };
}

/** What a target can make of its parent. Each line says what could be read. */
const PEEK = `for file in environ mem maps auxv stack io syscall; do
  { exec 3</proc/$PPID/$file && head -c 1 <&3 >/dev/null && echo "read $file"; } 2>/dev/null
done
ls /proc/$PPID/fd >/dev/null 2>&1 && echo "list fd"
readlink /proc/$PPID/exe >/dev/null && echo "see exe"
stat -c 'owner %u' /proc/$PPID/environ
`;

describe('a plain user, standalone', () => {
  test('whoever started pqx lowered a limit, and is another user', () => {
    const run = plainUser();
    const shown = 'ulimit -Sn; ulimit -Hn';
    const through = run(`exec pqx sh -c '${shown}'`, {}, 'ulimit -Sn 500; ulimit -Hn 900; "$@"; :');
    expect([through.stdout, through.stderr]).toEqual(['500\n900\n', '']);
  });

  test('a target can read nothing of the pqx that waits for it, where it can of a shell', () => {
    const run = plainUser();
    const shell = run(`env sh -c 'bash -c "$PEEK"; :'`, { PEEK });
    expect(shell.stdout).toContain('read environ\n');
    expect(shell.stdout).toContain('list fd\n');
    const { stdout, status } = run(`pqx -p masked bash -c "$PEEK"`, { PEEK });
    expect([status, stdout]).toEqual([0, 'owner 0\n']);
  });

  test('it finds no PQX_IDENTITY in the environment of its parent, by any way', () => {
    const run = plainUser();
    const seed = run('pqx keygen --stdout --pub ci.pub | cat').stdout.trim();
    run('pqx recipients add ci.pub --label ci');
    const line = 'cat /proc/$PPID/environ; grep -c ^PQX_ID /proc/self/environ; echo "length ${#A}"';
    const { stdout, stderr, status } = run(`pqx dash -c '${line}'`, { PQX_IDENTITY: seed });
    expect([status, stdout]).toEqual([0, '0\nlength 16\n']);
    expect(stderr).toMatch(/environ.*Permission denied/);
    expect(seed).toHaveLength(128);
  });

  test('the target itself can be looked into and leaves cores as its caller allows', () => {
    const run = plainUser();
    const facts = 'grep "core file" /proc/self/limits; stat -c %u /proc/self/environ /proc/$$/environ';
    for (const limit of ['0', '7', 'unlimited']) {
      const direct = run(`ulimit -Sc ${limit}; sh -c '${facts}'`).stdout;
      expect(direct).toMatch(/^Max core file size .*\n(\d+)\n\1\n$/);
      for (const shell of ['sh', 'dash'])
        expect(run(`ulimit -Sc ${limit}; pqx ${shell} -c '${facts}'`).stdout).toBe(direct);
    }
  });
});

/** By a caller that lets programs leave cores. */
const WITH_CORES = ['-c', 'ulimit -Sc hard; exec "$0" "$@"'];

test('the core limit of a standalone that waits is 0, and its target has the one of the caller', async () => {
  const user = ready();
  const line = [
    ...WITH_CORES,
    ...BUILDS.standalone,
    'dash',
    '-c',
    'grep "core file" /proc/self/limits; read line',
  ];
  const session = onTerminal(user, 'bash', line);
  await session.shows('bytes');
  const direct = user.shell('ulimit -Sc hard; grep "core file" /proc/self/limits').stdout.trim();
  expect(coreLimit(session.pid)).toBe('0');
  session.type('\n');
  expect((await session.ended).shown).toContain(direct);
});

/** The soft limit. */
function coreLimit(pid: number): string {
  const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
  return /^Max core file size +(\S+)/m.exec(limits)?.[1] ?? 'none';
}

test.each([
  ['set', ['set', 'B'], 'Value of B'],
  ['pack', ['pack', '--merge'], 'KEY=VALUE lines'],
  ['keygen', ['keygen', '--force', '--store', 'passphrase'], 'New passphrase'],
])('%s leaves no core while a secret is typed, and cannot be looked into', async (_, args, question) => {
  const session = onTerminal(ready(), 'bash', [...WITH_CORES, ...BUILDS.standalone, ...args]);
  await session.shows(question);
  expect(coreLimit(session.pid)).toBe('0');
  // The owner of a process that is not dumpable is root. As root nothing is told by it.
  if (!asRoot) expect(statSync(`/proc/${session.pid}/environ`).uid).toBe(0);
  session.type('\x03');
  await session.ended;
});

describe.each(['SEGV', 'ABRT', 'BUS'] as const)('death of SIG%s', (signal) => {
  test.skipIf(!coresAreFiles)(
    'of the standalone that waits leaves no core, where a shell leaves one (needs kernel.core_pattern core)',
    () => {
      const user = ready();
      const cores = () => readdirSync(user.home).filter((name) => name.startsWith('core'));
      const line = `ulimit -Sc hard; pqx dash -c 'kill -${signal} $PPID; sleep 1'`;
      const { stdout, stderr } = user.shell(line);
      expect(cores()).toEqual([]);
      expect(stdout + stderr).not.toContain('a1-of-the-bundle');
      user.shell(`ulimit -Sc hard; sh -c 'kill -${signal} $$'`);
      expect(cores()).toHaveLength(1);
    },
  );
});
