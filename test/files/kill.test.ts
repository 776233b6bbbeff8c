/** Whoever is killed, and whenever: no config file stays. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS } from '../support/programs.ts';
import { endOf, eventually, HAS_MEMORY, newPlace, type Place, recordedPid, SECRET } from './place.ts';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

async function running(
  place: Place,
  build: 'standalone' | 'node',
  target: readonly string[] = ['sleep', '60'],
) {
  const child = place.start(['-p', 't', ...target], build);
  const [name = ''] = target;
  await eventually(
    'the target runs',
    () => place.files().length === 2 && readFileSync(`/proc/${child.pid}/comm`, 'utf8') === `${name}\n`,
  );
  const [directory = ''] = place.directories();
  await eventually('the guard is recorded', () =>
    /\n$/.test(existsSync(`${directory}/guard`) ? readFileSync(`${directory}/guard`, 'utf8') : ''),
  );
  return { child, directory, pid: child.pid ?? 0 };
}

const gone = (place: Place) => eventually('the files are gone', () => place.directories().length === 0);

describe.skipIf(!HAS_MEMORY).each(BUILD_NAMES)('%s', (build) => {
  const signals =
    build === 'standalone'
      ? [
          'HUP',
          'INT',
          'QUIT',
          'ABRT',
          'USR1',
          'USR2',
          'ALRM',
          'TERM',
          'PIPE',
          'SEGV',
          'XCPU',
          'VTALRM',
          'IO',
          'SYS',
          'KILL',
        ]
      : ['TERM', 'KILL'];
  test.each(signals)('SIG%s to the target', async (signal) => {
    const place = newPlace();
    const { child } = await running(place, build);
    child.kill(`SIG${signal}` as NodeJS.Signals);
    expect(await endOf(child)).toBe(`SIG${signal}`);
    await gone(place);
  });

  test('SIGKILL to the whole process group, and to the whole session', async () => {
    for (const whom of ['group', 'session']) {
      const place = newPlace();
      const { child, pid } = await running(place, build, ['sh', '-c', 'set -m; sleep 60 & sleep 60; :']);
      if (whom === 'group') process.kill(-pid, 'SIGKILL');
      else for (const member of ofSession(pid)) process.kill(member, 'SIGKILL');
      await endOf(child);
      await gone(place);
      for (const member of ofSession(pid)) process.kill(member, 'SIGKILL');
    }
  });

  test('the guard too: the next launch with files sweeps, and so does gc', async () => {
    for (const sweeper of [['-p', 't', 'true'], ['gc']]) {
      const place = newPlace();
      const { child, directory } = await running(place, build);
      process.kill(recordedPid(directory, 'guard'), 'SIGKILL');
      await eventually('the guard is gone', () => !lives(recordedPid(directory, 'guard')));

      // As long as the target runs its files stay, whoever sweeps.
      place.user.ok(['gc'], { build, env: place.env });
      place.user.ok(['-p', 't', 'true'], { build, env: place.env });
      await eventually('only the first is left', () => place.directories().length === 1);
      expect(readFileSync(`${directory}/files/pgpass`, 'utf8')).toContain(SECRET);

      child.kill('SIGKILL');
      await endOf(child);
      expect(existsSync(directory)).toBe(true);
      const swept = place.user.ok(sweeper, { build, env: place.env });
      // Others may use /dev/shm at the same time, which counts too.
      if (sweeper[0] === 'gc') expect(swept.stdout).toMatch(/^[1-9]\d* removed, \d+ in use/);
      await gone(place);
    }
  });
});

describe.skipIf(!HAS_MEMORY)('a killed pqx (standalone)', () => {
  // What pqx itself asks of the system on the way to a launch with files, and to its exec.
  const calls = [
    'statfs',
    'mkdir',
    'chmod',
    'rename',
    'fchmod',
    'write',
    'vfork,clone,clone3',
    'wait4',
    'openat',
    'read',
    'close',
    'rt_sigaction',
    'execve',
  ];
  test.skipIf(!has('strace')).each(calls)('at every %s (strace)', async (call) => {
    const place = newPlace();
    let killed = 0;
    for (let when = 1; ; when += step(when, call)) {
      const inject = `--inject=${call}:signal=KILL:when=${when}`;
      const result = spawnSync(
        'strace',
        ['-qq', '-o', '/dev/null', inject, ...BUILDS.standalone, '-p', 't', 'true'],
        { env: place.env, cwd: place.user.home },
      );
      if (result.signal === null && result.status === 0) break;
      killed += 1;
      await eventually('no file is left', () => place.files().length === 0);
    }
    expect(killed).toBeGreaterThan(0);
    place.user.ok(['gc'], { env: place.env });
    await gone(place);
  });
});

/** The first ones of frequent calls belong to the start of the runtime. */
function step(when: number, call: string): number {
  return ['openat', 'read', 'close', 'rt_sigaction'].includes(call) && when < 400 ? 3 : 1;
}

describe.skipIf(!HAS_MEMORY)('many at once', () => {
  test('200 launches leave nothing and share nothing', async () => {
    const place = newPlace();
    const line =
      'for i in $(seq 200); do "$0" -p t sh -c \'echo "$PGPASSFILE $(cat "$PGPASSFILE")"\' & done; wait';
    const result = spawnSync('bash', ['-c', line, BUILDS.standalone[0]], {
      env: place.env,
      cwd: place.user.home,
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    const lines = result.stdout.trim().split('\n');
    expect(lines.every((text) => text.endsWith(` h:5432:*:app:${SECRET}`))).toBe(true);
    expect(new Set(lines).size).toBe(200);
    await eventually('everything is gone', () => readdirSync(place.path).length === 0);
  });
});

function lives(pid: number): boolean {
  try {
    return !/^Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, ''));
  } catch {
    return false;
  }
}

function ofSession(session: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || !existsSync(`/proc/${pid}/stat`)) return false;
      try {
        return (
          Number(
            readFileSync(`/proc/${pid}/stat`, 'latin1')
              .replace(/^.*\) /s, '')
              .split(' ')[3],
          ) === session
        );
      } catch {
        return false;
      }
    });
}
