/**
 * `npm run bench [-- --runs N] [--json FILE]`: what a launch costs, as ratios of the floor (an empty executable made by
 * the same build) and of `node -e 0`. All programs run in turn, so that whatever the machine does meets all of them, and
 * each time in another order, so that none always finds the caches that the same other one left; medians. It measures and
 * prints; it never passes or fails.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { peakMemory, type Together, together } from './load.ts';
import { peerRows } from './peers.ts';
import { FLOOR, ORDINARY, ownRows, type Row } from './rows.ts';

interface Measured extends Row {
  readonly medianMs: number;
  readonly ratio: number;
}

/** Of an ordinary launch: MiB, at most 60; a hundred at once, at most 1.3 times their share of the processors. */
interface Load {
  readonly peakMiB: number | undefined;
  readonly together: Together;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '20' }, json: { type: 'string' } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number from 1');
  const scratch = mkdtempSync(join(tmpdir(), 'pqx-bench-'));
  try {
    const [own, peers] = [ownRows(scratch), peerRows(scratch)];
    const rows = measure([...own.rows, ...peers.rows], runs);
    const load = await loadOf(rows);
    const absent = [...own.absent, ...peers.absent];
    if (load.peakMiB === undefined) absent.push('python3, for the peak of memory');
    print(rows, load, absent, runs);
    if (values.json !== undefined)
      writeFileSync(
        values.json,
        `${JSON.stringify({ runs, rows: rows.map(forJson), load, absent }, null, 2)}\n`,
      );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Once without being counted, then `runs` times. */
function measure(rows: readonly Row[], runs: number): readonly Measured[] {
  const times = new Map<string, number[]>(rows.map((row) => [row.name, []]));
  for (let run = -1; run < runs; run += 1) {
    for (const row of shuffled(rows)) {
      const took = timeOf(row);
      if (run >= 0) times.get(row.name)?.push(took);
    }
  }
  const medians = new Map([...times].map(([name, all]) => [name, median(all)]));
  return rows.map((row) => {
    const medianMs = medians.get(row.name) ?? Number.NaN;
    return { ...row, medianMs, ratio: medianMs / (medians.get(row.against) ?? Number.NaN) };
  });
}

/** In an order of chance (Fisher and Yates). */
function shuffled<T>(list: readonly T[]): readonly T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}

function timeOf(row: Row): number {
  const [program = '', ...args] = row.command;
  const started = process.hrtime.bigint();
  const result = spawnSync(program, args, {
    env: { PATH: '/usr/bin:/bin', ...row.env },
    cwd: row.cwd,
    stdio: 'ignore',
    timeout: 60_000,
  });
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  if (result.status !== 0) throw new Error(`${row.name} ended with ${result.status ?? result.signal}`);
  return took;
}

async function loadOf(rows: readonly Measured[]): Promise<Load> {
  const row = rows.find(({ name }) => name === ORDINARY);
  if (row === undefined) throw new Error(`there is no row ${ORDINARY}`);
  return { peakMiB: peakMemory(row), together: await together(row, row.medianMs) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle - 1)] ?? Number.NaN)) / 2;
}

function print(rows: readonly Measured[], load: Load, absent: readonly string[], runs: number): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const budget = row.most === undefined ? '' : `  at most ${row.most}`;
    const unit = row.against === FLOOR ? 'floor' : row.against;
    console.log(
      `${row.name.padEnd(width)}  ${row.medianMs.toFixed(1).padStart(7)} ms  ${row.ratio.toFixed(2).padStart(6)} × ${unit}${budget}`,
    );
  }
  console.log(`medians of ${runs} runs, in turn, each time in another order`);
  const { peakMiB, together: many } = load;
  if (peakMiB !== undefined) console.log(`peak memory of a launch: ${peakMiB.toFixed(0)} MiB  at most 60`);
  console.log(
    `${many.launches} launches at once: ${many.failed} failed, ${many.totalMs.toFixed(0)} ms, ${many.ratio.toFixed(2)} × their share of the processors  at most 1.3`,
  );
  if (absent.length > 0) console.log(`not here: ${absent.join(', ')}`);
}

/** Without paths and environment, which are of this run alone. */
function forJson({ name, against, most, medianMs, ratio }: Measured) {
  return { name, against, most: most ?? null, median_ms: medianMs, ratio };
}

await main();
