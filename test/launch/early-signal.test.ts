/**
 * A signal that comes before there is a target to hand it to: pqx dies of it, or the target does; it is never lost. And one
 * that comes when the target has ended: it is for nobody, and disturbs nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

/** As root alone: a launch that holds keys may not be looked into by its user's own tracer. */
const canTrace = process.getuid?.() === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

function traced(user: User, options: readonly string[], target: readonly string[]) {
  const log = join(user.home, 'trace');
  const command = ['-f', '-qq', '-o', log, ...options, ...BUILDS.standalone, '-p', 't', ...target];
  // A pipe, so that the output is filtered, and pqx waits for the target.
  const { status, signal } = spawnSync('strace', command, {
    env: user.env,
    cwd: user.home,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  return { end: signal ?? status, lines: () => readFileSync(log, 'utf8').split('\n') };
}

interface Call {
  readonly line: string;
  readonly name: string;
  /** Which of the thread's calls of this name it is, from 1 on: as strace counts for `when`. */
  readonly count: number;
}

/** The system calls of pqx's main thread, in order. */
function mainCalls(lines: readonly string[]): readonly Call[] {
  const main = lines[0]?.split(' ')[0] ?? '';
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of lines) {
    const name = new RegExp(`^${main} +([a-z0-9_]+)\\(`).exec(line)?.[1];
    if (name === undefined) continue;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    calls.push({ line, name, count });
  }
  return calls;
}

function indexOf(calls: readonly Call[], pattern: RegExp): number {
  const at = calls.findIndex(({ line }) => pattern.test(line));
  expect(at, String(pattern)).toBeGreaterThanOrEqual(0);
  return at;
}

describe.skipIf(!canTrace)('around the start of a supervised target (root, strace)', () => {
  test('SIGTERM at each third system call ends pqx or the target by SIGTERM', () => {
    const user = newUser();
    user.ok(['keygen']);
    user.ok(['pack'], { input: 'KEY_ONE=first-value\n' });
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      'version: 1\nprofiles:\n  t: { mask: true, env: { ONE: KEY_ONE } }\n',
    );
    user.ok(['-p', 't', 'true']);
    const { end, lines } = traced(user, [], ['sleep', '0']);
    expect(end).toBe(0);
    const calls = mainCalls(lines());
    const listens = indexOf(calls, /rt_sigaction\(SIGTERM, \{sa_handler=0x/);
    const spawns = indexOf(calls, /clone3?\(.*CLONE_VFORK|vfork\(/);
    expect(spawns).toBeGreaterThan(listens);
    for (let at = listens - 12; at <= spawns + 6; at += 3) {
      const { name = '', count = 0 } = calls[at] ?? {};
      const inject = `inject=${name}:signal=TERM:when=${count}`;
      expect(traced(user, ['-e', inject], ['sleep', '20']).end, `${inject}, ${at - spawns}`).toBe('SIGTERM');
    }
  });
});

describe.each(BUILD_NAMES)('after the end of a supervised target, %s', (build) => {
  test('signals do not keep pqx from saving what it left, and reach no other process', async () => {
    const user = newUser();
    user.ok(['keygen']);
    user.ok(['pack'], { input: 'KEY_ONE=first-value\n' });
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      'version: 1\nprofiles:\n  t: { files: { f: { content: { key: KEY_ONE }, at: ~/file, save: true } } }\n',
    );
    const script = 'trap "" TERM HUP USR1; printf second-value >~/file; kill -USR1 "$PPID"; exit 3';
    const [program, ...first] = BUILDS[build];
    const child = spawn(program, [...first, '-p', 't', 'sh', '-c', script], {
      env: user.env,
      cwd: user.home,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    // Only once pqx listens, which the target's own signal shows.
    const ended = once(child, 'close');
    const file = join(user.home, 'file');
    const sending = setInterval(() => {
      if (isWritten(file)) child.kill('SIGTERM');
    }, 1);
    const [status] = await ended;
    clearInterval(sending);
    expect({ status, said }).toEqual({ status: 3, said: '' });
    expect(user.ok(['get', 'KEY_ONE'], { build }).stdout).toBe('second-value');
  });
});

function isWritten(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') === 'second-value';
  } catch {
    return false;
  }
}
