/**
 * `npm run bench [-- --runs N] [--json FILE]`: what a launch costs, as ratios of the floor (an empty executable made by
 * the same build) and of `node -e 0`. All programs run in turn, so that whatever the machine does meets all of them;
 * medians. It measures and prints; it never passes or fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileStandalone, findBun } from '../../src/build/build.ts';
import { root, userIn } from '../support/programs.ts';

interface Row {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The row that this one is compared with. */
  readonly against: string;
  /** The budget, as a multiple of `against`. */
  readonly most?: number;
}

interface Measured extends Row {
  readonly medianMs: number;
  readonly ratio: number;
}

const FLOOR = 'floor: empty standalone';
const NODE = 'node -e 0';

function main(): void {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '20' }, json: { type: 'string' } },
  });
  const runs = Number(values.runs);
  const scratch = mkdtempSync(join(tmpdir(), 'pqx-bench-'));
  try {
    const { rows, absent } = prepare(scratch);
    const measured = measure(rows, runs);
    print(measured, absent, runs);
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ runs, rows: measured, absent }, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function prepare(scratch: string): { readonly rows: readonly Row[]; readonly absent: readonly string[] } {
  const rows: Row[] = [];
  const absent: string[] = [];
  const standalone = [join(root, 'bin', 'pqx')];
  const node = [process.execPath, join(root, 'bin', 'pqx.mjs')];
  const bun = findBun();
  if (bun === undefined) absent.push('the floor: Bun has no build for this platform');
  else {
    const empty = join(scratch, 'empty.ts');
    writeFileSync(empty, '');
    compileStandalone(bun, empty, join(scratch, 'empty'));
    rows.push({ name: FLOOR, command: [join(scratch, 'empty')], against: FLOOR });
  }
  rows.push({ name: '/usr/bin/env true', command: ['/usr/bin/env', 'true'], against: FLOOR });
  rows.push({ name: NODE, command: [process.execPath, '-e', '0'], against: NODE });
  const v1 = store(scratch, 'v1', 24);
  const launch = ['-p', 'bench', '/bin/true'];
  rows.push({
    name: 'pqx, v1, 24 keys, 3 granted',
    command: [...standalone, ...launch],
    env: v1,
    against: FLOOR,
    most: 2.2,
  });
  rows.push({
    name: 'pqx on Node, v1, 24 keys, 3 granted',
    command: [...node, ...launch],
    env: v1,
    against: NODE,
    most: 1.5,
  });
  for (const peer of peers(scratch)) {
    if (peer.row === undefined) absent.push(peer.name);
    else rows.push(peer.row);
  }
  return { rows, absent };
}

/** A user with a bundle of `keys` keys, 3 of which a profile grants, and that has been launched from once. */
function store(scratch: string, name: string, keys: number): Readonly<Record<string, string>> {
  const home = join(scratch, name);
  mkdirSync(home);
  const user = userIn(home);
  user.ok(['keygen']);
  const lines = Array.from({ length: keys }, (_, index) => `BENCH_KEY_${index}=${'v'.repeat(40)}${index}\n`);
  user.ok(['pack', ...(name.startsWith('v1') ? ['--bundle-format', 'v1'] : [])], { input: lines.join('') });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  bench:\n    command: /bin/true\n    env:\n      A: BENCH_KEY_0\n      B: BENCH_KEY_1\n      C: BENCH_KEY_2\n',
  );
  user.ok(['-p', 'bench', '/bin/true']);
  return user.env;
}

function peers(scratch: string): readonly { readonly name: string; readonly row?: Row }[] {
  const bin = join(root, 'node_modules', '.bin');
  const home = join(scratch, 'peers');
  mkdirSync(home);
  const env = {
    HOME: home,
    PATH: `${bin}${delimiter}/usr/local/bin:/usr/bin:/bin`,
    DO_NOT_TRACK: '1',
    VARLOCK_TELEMETRY_DISABLED: '1',
  };
  const file = join(home, '.env');
  writeFileSync(file, 'A=1\nB=2\nC=3\n');
  const encrypted = spawnSync(join(bin, 'dotenvx'), ['encrypt', '-f', file], { env, cwd: home }).status === 0;
  writeFileSync(join(home, '.env.schema'), 'A=1\nB=2\nC=3\n');
  const found = (tool: string) => isExecutable(join(bin, tool));
  return [
    encrypted
      ? {
          name: 'dotenvx',
          row: {
            name: 'dotenvx run (decrypts)',
            command: [join(bin, 'dotenvx'), 'run', '--quiet', '-f', file, '--', '/bin/true'],
            env,
            against: FLOOR,
          },
        }
      : { name: 'dotenvx' },
    found('varlock')
      ? {
          name: 'varlock',
          row: {
            name: 'varlock run',
            command: [join(bin, 'varlock'), 'run', '--path', home, '--', '/bin/true'],
            env,
            against: FLOOR,
          },
        }
      : { name: 'varlock' },
    ...['sops', 'op', 'aws-vault', 'chamber', 'envchain', 'fnox', 'secretspec'].map((name) => ({ name })),
  ];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function measure(rows: readonly Row[], runs: number): readonly Measured[] {
  const times = new Map<string, number[]>(rows.map((row) => [row.name, []]));
  for (let run = -1; run < runs; run += 1) {
    for (const row of rows) {
      const [program = '', ...args] = row.command;
      const started = process.hrtime.bigint();
      const result = spawnSync(program, args, {
        env: { PATH: '/usr/bin:/bin', ...row.env },
        stdio: 'ignore',
      });
      const took = Number(process.hrtime.bigint() - started) / 1e6;
      if (result.status !== 0) throw new Error(`${row.name} ended with ${result.status ?? result.signal}`);
      if (run >= 0) times.get(row.name)?.push(took);
    }
  }
  const medians = new Map([...times].map(([name, all]) => [name, median(all)]));
  return rows.map((row) => {
    const medianMs = medians.get(row.name) ?? Number.NaN;
    return { ...row, medianMs, ratio: medianMs / (medians.get(row.against) ?? Number.NaN) };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle - 1)] ?? Number.NaN)) / 2;
}

function print(rows: readonly Measured[], absent: readonly string[], runs: number): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const budget = row.most === undefined ? '' : `  at most ${row.most}`;
    const unit = row.against === FLOOR ? '× floor' : `× ${row.against}`;
    console.log(
      `${row.name.padEnd(width)}  ${row.medianMs.toFixed(1).padStart(7)} ms  ${row.ratio.toFixed(2).padStart(6)} ${unit}${budget}`,
    );
  }
  console.log(`medians of ${runs} runs, in turn`);
  if (absent.length > 0) console.log(`not here: ${absent.join(', ')}`);
}

main();
