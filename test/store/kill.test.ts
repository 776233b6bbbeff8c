/** A writer killed at every system call by which it changes something (strace): the former file or the new one, whole. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROGRAM, RUNTIMES, run, sandbox } from './sandbox.ts';

/** Each with the other names that the runtimes may call it by. */
const CALLS = [
  ['openat', 'open'],
  ['write', 'pwrite64'],
  ['fchmod', 'fchmodat'],
  ['fsync', 'fdatasync'],
  ['rename', 'renameat', 'renameat2'],
] as const;

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe.skipIf(!canTrace).for(RUNTIMES)('in $name (strace)', ({ command }) => {
  test.for(CALLS)('%s', async (names) => {
    const directory = sandbox();
    const path = join(directory, 'file');
    const calls = names.join(',');
    const write = (...strace: string[]) =>
      // Bun would write its own cache of sources in the first run on a machine, and the count would be another.
      run('strace', [
        '-E',
        'BUN_RUNTIME_TRANSPILER_CACHE_PATH=0',
        '-f',
        ...strace,
        command,
        PROGRAM,
        'write',
        path,
        'new',
        'file.bak',
      ]);

    writeFileSync(path, 'former', { mode: 0o600 });
    const trace = join(sandbox(), 'trace');
    await write('-o', trace, '-e', `trace=${calls},openat`);
    const [first, last] = spanOf(readFileSync(trace, 'utf8'), names);
    expect(last).toBeGreaterThanOrEqual(first);
    let killed = 0;
    for (let when = first; when <= last; when += 1) {
      writeFileSync(path, 'former', { mode: 0o600 });
      const ended = await write('-o', '/dev/null', '-e', `inject=${calls}:signal=KILL:when=${when}`);
      if (ended.signal === 'SIGKILL') killed += 1;
      expect(['former', 'new']).toContain(readFileSync(path, 'utf8'));
      if (existsSync(`${path}.bak`)) expect(['former', 'new']).toContain(readFileSync(`${path}.bak`, 'utf8'));
    }
    expect(killed).toBe(last - first + 1);
    await run(command, [PROGRAM, 'write', path, 'last', 'file.bak']);
    expect(readFileSync(path, 'utf8')).toBe('last');
    expect(readdirSync(directory).sort()).toEqual(['file', 'file.bak']);
  });
});

/**
 * Which of the calls, counted from 1 as strace counts them, are those of our writing: from the first that comes with or
 * after the first temporary file, in the thread that makes it.
 */
function spanOf(trace: string, names: readonly string[]): readonly [number, number] {
  const lines = trace.split('\n').map((line) => {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    return { thread, call: call ?? '', isTemporary: line.includes('.tmp"') };
  });
  const thread = lines.find(({ isTemporary }) => isTemporary)?.thread;
  const own = lines.filter((line) => line.thread === thread);
  const begin = own.findIndex(({ isTemporary }) => isTemporary);
  const isOne = ({ call }: { readonly call: string }) => names.includes(call);
  return [own.slice(0, begin).filter(isOne).length + 1, own.filter(isOne).length];
}
