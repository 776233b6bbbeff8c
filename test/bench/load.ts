/** What one launch takes of memory, and how a hundred at once get on. */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Row } from './rows.ts';

/** A child's peak counts what its parent had when it was forked, so the parent is a small one. */
const PEAK = `import os, resource, sys
pid = os.spawnvpe(os.P_NOWAIT, sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss if status == 0 else -1)`;

/** In MiB; undefined without python3. */
export function peakMemory(row: Row): number | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', PEAK, ...row.command], {
    env: { PATH: '/usr/bin:/bin', ...row.env },
    cwd: row.cwd,
    encoding: 'utf8',
  });
  const kibibytes = Number(stdout);
  return status === 0 && kibibytes > 0 ? kibibytes / 1024 : undefined;
}

export interface Together {
  readonly launches: number;
  readonly failed: number;
  readonly totalMs: number;
  /** Of the time that so many single launches take, shared by the processors. */
  readonly ratio: number;
}

export async function together(row: Row, singleMs: number, launches = 100): Promise<Together> {
  const [program = '', ...args] = row.command;
  const started = process.hrtime.bigint();
  const ends = Array.from({ length: launches }, () => {
    const child = spawn(program, args, {
      env: { PATH: '/usr/bin:/bin', ...row.env },
      cwd: row.cwd,
      stdio: 'ignore',
    });
    return new Promise<number | null>((resolve) => child.on('exit', resolve).on('error', () => resolve(-1)));
  });
  const statuses = await Promise.all(ends);
  const totalMs = Number(process.hrtime.bigint() - started) / 1e6;
  const failed = statuses.filter((status) => status !== 0).length;
  return { launches, failed, totalMs, ratio: totalMs / ((launches * singleMs) / availableParallelism()) };
}
