import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withLock } from '../../src/store/lock.ts';
import { root } from '../support/programs.ts';
import { faultOfAsync, hasProgram, isRoot, NOBODY, PROGRAM, RUNTIMES, run, sandbox } from './sandbox.ts';

/** A process of ours, and the lines that it says. */
interface Running {
  readonly process: ChildProcess;
  /** The next line, as the value that it stands for. */
  next(): Promise<unknown>;
  /** Whether a line has come that nobody asked for yet. */
  readonly hasSpoken: boolean;
}

function start(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: root });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout?.on('data', (data: Buffer) => {
    rest += data.toString();
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      const first = waiting.shift();
      if (first === undefined) lines.push(line);
      else first(line);
    }
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    process: child,
    next: async () => JSON.parse(lines.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))),
    get hasSpoken() {
      return lines.length > 0;
    },
  };
}

const hold = (command: string, directory: string) => start(command, [PROGRAM, 'hold', directory]);
const take = (command: string, directory: string) => start(command, [PROGRAM, 'take', directory]);
/** Long enough that one who does not respect the lock would have spoken. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 400));

const pairs = RUNTIMES.flatMap((holder) => RUNTIMES.map((taker) => ({ holder, taker })));

describe.for(pairs)('$holder.name holds it, $taker.name waits', ({ holder, taker }) => {
  test('until it is given back', async () => {
    const directory = sandbox();
    const first = hold(holder.command, directory);
    expect(await first.next()).toEqual({ holds: expect.any(Number) });
    const second = take(taker.command, directory);
    expect(await second.next()).toEqual({ waits: expect.any(Number) });
    await aWhile();
    expect(second.hasSpoken).toBe(false);
    first.process.stdin?.end();
    expect(await first.next()).toEqual({ done: 'released' });
    expect(await second.next()).toEqual({ done: 'taken' });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('until it is killed', async () => {
    const directory = sandbox();
    const first = hold(holder.command, directory);
    await first.next();
    const second = take(taker.command, directory);
    await second.next();
    first.process.kill('SIGKILL');
    expect(await second.next()).toEqual({ done: 'taken' });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('also while it is stopped: its owner lives', async () => {
    const directory = sandbox();
    const first = hold(holder.command, directory);
    await first.next();
    first.process.kill('SIGSTOP');
    const second = take(taker.command, directory);
    await second.next();
    await aWhile();
    expect(second.hasSpoken).toBe(false);
    first.process.kill('SIGCONT');
    first.process.stdin?.end();
    expect(await second.next()).toEqual({ done: 'taken' });
  });
});

describe.skipIf(!isRoot || !hasProgram('unshare'))('as root, across pid namespaces (unshare)', () => {
  test.for(RUNTIMES)('an owner that cannot be seen keeps it in $name', async ({ command }) => {
    const directory = sandbox();
    const apart = ['--pid', '--fork', '--mount-proc', '--kill-child'];
    const first = start('unshare', [...apart, command, PROGRAM, 'hold', directory]);
    // Its pid there is that of another process here.
    expect(await first.next()).toEqual({ holds: 1 });
    const second = take(command, directory);
    await second.next();
    await aWhile();
    expect(second.hasSpoken).toBe(false);
    first.process.kill('SIGKILL');
    expect(await second.next()).toEqual({ done: 'taken' });
  });
});

describe.skipIf(!isRoot)(
  'as root, on a file system that is not known to be of one machine (hugetlbfs)',
  () => {
    test.for(pairs)('a file is locked: $holder.name, then $taker.name', async ({ holder, taker }) => {
      const directory = join(sandbox(), 'mounted');
      mkdirSync(directory);
      execFileSync('mount', ['-t', 'hugetlbfs', 'none', directory]);
      onTestFinished(() => {
        execFileSync('umount', [directory]);
      });
      const first = hold(holder.command, directory);
      await first.next();
      const second = take(taker.command, directory);
      await second.next();
      await aWhile();
      expect(second.hasSpoken).toBe(false);
      first.process.kill('SIGKILL');
      expect(await second.next()).toEqual({ done: 'taken' });
      expect(readdirSync(directory)).toEqual(['.pqx.lock']);
    });
  },
);

test('50 writers at once, of both runtimes, lose nothing', async () => {
  const directory = sandbox();
  writeFileSync(join(directory, 'lines'), '', { mode: 0o600 });
  const names = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const ended = await Promise.all(
    names.map((name, index) =>
      run(RUNTIMES[index % RUNTIMES.length]?.command ?? '', [PROGRAM, 'append', directory, name]),
    ),
  );
  expect(ended.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  const lines = readFileSync(join(directory, 'lines'), 'utf8').trim().split('\n');
  expect(lines.sort()).toEqual(names.sort());
  expect(readdirSync(directory).sort()).toEqual(['lines', 'lines.bak']);
});

describe('in one process', () => {
  test('one piece of work at a time', async () => {
    const directory = sandbox();
    let inside = 0;
    const seenTogether: number[] = [];
    const work = async () => {
      inside += 1;
      seenTogether.push(inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map(() => withLock(directory, work)));
    expect(seenTogether).toEqual([1, 1, 1, 1, 1]);
  });

  test('gives back what the work gives, and lets go when the work fails', async () => {
    const directory = sandbox();
    expect(await withLock(directory, async () => 'value')).toBe('value');
    const failing = withLock(directory, async () => {
      throw new Error('of the work');
    });
    await expect(failing).rejects.toThrow('of the work');
    expect(await withLock(directory, async () => 'again')).toBe('again');
  });

  test('two directories do not wait for each other', async () => {
    const [a, b] = [sandbox(), sandbox()];
    expect(await withLock(a, () => withLock(b, async () => 'both'))).toBe('both');
  });
});

describe('what cannot be locked', () => {
  test('a directory that is not there', async () => {
    const directory = join(sandbox(), 'gone');
    expect(await faultOfAsync(() => withLock(directory, async () => 'never'))).toMatchObject({
      code: 'store',
      message: expect.stringContaining('its directory does not exist; nothing was changed'),
    });
  });

  test('a file', async () => {
    const path = join(sandbox(), 'file');
    writeFileSync(path, '');
    expect((await faultOfAsync(() => withLock(path, async () => 'never'))).code).toBe('store');
  });

  test.skipIf(!isRoot)('another user’s directory, as root (sudo)', async () => {
    const directory = sandbox();
    chownSync(directory, NOBODY, NOBODY);
    expect((await faultOfAsync(() => withLock(directory, async () => 'never'))).message).toBe(
      `${directory} belongs to user ${NOBODY}, and root only reads there`,
    );
    expect(existsSync(join(directory, '.pqx.lock'))).toBe(false);
  });
});
