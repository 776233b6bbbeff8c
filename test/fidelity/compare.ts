/**
 * The fidelity table's engine: what a program records when it is started directly must be, byte for byte, what it
 * records when it is started through pqx. The recording programs are the system's own (`cat` of its own files under
 * /proc): they are there on every machine and disturb nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBun } from '../../src/build/build.ts';
import { BUILDS, type Build, userIn } from '../support/programs.ts';

export interface Row {
  readonly name: string;
  /** What is started, directly and through pqx. Empty: `around` names it behind `"$@"`. */
  readonly command: readonly string[];
  /** A line of shell in which `"$@"` is that command. */
  readonly around?: string;
  readonly shell?: 'sh' | 'bash';
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  /** Programs that the row needs and that not every system has; the row is skipped by that name without them. */
  readonly needs?: readonly string[];
  /** What of the output is compared, when not all of it. */
  readonly show?: (recorded: string) => string;
  /** What happens instead, in the ways of starting that cannot keep it; docs/FIDELITY.md is made of these. */
  readonly losses?: Losses;
}

/** Rows about one thing: a section of the table. */
export interface Section {
  readonly title: string;
  /** Makes what the rows need in `scratch`. */
  readonly prepare?: () => void;
  readonly rows: readonly Row[];
}

/** The ways in which a target is started; the columns of the table. */
export const WAYS = {
  exec: { build: 'standalone', profile: 't' },
  supervise: { build: 'standalone', profile: 'm' },
  'exec in the Node build': { build: 'node', profile: 't' },
  'supervise in the Node build': { build: 'node', profile: 'm' },
} as const satisfies Record<string, { readonly build: Build; readonly profile: string }>;
export type Way = keyof typeof WAYS;
export const WAY_NAMES = Object.keys(WAYS) as readonly Way[];

export type Losses = Readonly<Partial<Record<Way, Loss>>>;

export interface Loss {
  /** One line for docs/FIDELITY.md: who does what instead. */
  readonly because: string;
  readonly expect: (through: Outcome, direct: Outcome) => void;
}

export function inNode(loss: Loss): Losses {
  return Object.fromEntries(WAY_NAMES.filter((way) => WAYS[way].build === 'node').map((way) => [way, loss]));
}

/** Where pqx waits for the target. */
export function supervised(loss: Loss): Losses {
  return Object.fromEntries(WAY_NAMES.filter((way) => WAYS[way].profile === 'm').map((way) => [way, loss]));
}

export function everywhere(loss: Loss): Losses {
  return Object.fromEntries(WAY_NAMES.map((way) => [way, loss]));
}

/** How it ended, and what it wrote, each byte as one character. */
export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const home = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-fidelity-')));
const user = userIn(home);
export const BASE_ENV = { ...user.env, LC_ALL: 'C' };

/** A throw-away directory for the rows of a file. */
export const scratch = join(home, 'scratch');

/** A user with a bundle and a profile `t`, which grants one key and keeps all of the caller's environment. */
export function prepareUser(): void {
  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }));
  user.write('scratch/.keep', '');
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  t:\n    inherit: all\n    env: { FIDELITY: SECRET }\n  m:\n    inherit: all\n    env: { FIDELITY: SECRET }\n    mask: true\n',
  );
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'SECRET=granted\n' });
}

/** The words that stand before a command to launch it through pqx. */
export function launcher(way: Way): readonly string[] {
  const { build, profile } = WAYS[way];
  return [...BUILDS[build], '-q', '-p', profile, '--'];
}

/** Makes a test of each row for each way of starting. */
export function sameAsDirect(section: Section): void {
  prepareUser();
  beforeAll(() => section.prepare?.());
  describe.each(WAY_NAMES)('%s', (way) => {
    for (const row of section.rows) {
      const missing = (row.needs ?? []).filter((program) => !isInstalled(program));
      const name = missing.length > 0 ? `${row.name} (skipped: no ${missing.join(', ')})` : row.name;
      test.skipIf(missing.length > 0)(name, async () => {
        const direct = await run(row, []);
        const through = await run(row, launcher(way));
        const loss = row.losses?.[way];
        if (loss === undefined) expect(through).toEqual(direct);
        else loss.expect(through, direct);
      });
    }
  });
}

/** Far more than any row takes: what hangs is ended, with all that it started, and fails its row. */
const HANGS_AFTER_MS = 60_000;

/** Runs a row with `first` in front of its command, in a session of its own. */
export function run(row: Row, first: readonly string[]): Promise<Outcome> {
  const command = [...first, ...row.command];
  const shell = row.shell ?? 'sh';
  const [program = '', ...args] =
    row.around === undefined ? command : [shell, '-c', row.around, shell, ...command];
  const child = spawn(program, args, {
    env: { ...BASE_ENV, ...row.env },
    cwd: row.cwd ?? scratch,
    detached: true,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  // A program that ends without reading its input breaks this pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(row.input ?? '');
  const show = row.show ?? ((recorded: string) => recorded);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      killGroup(child.pid);
      reject(new Error(`it hangs: ${row.name}`));
    }, HANGS_AFTER_MS);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      killGroup(child.pid);
      resolve({
        status,
        signal,
        stdout: show(Buffer.concat(out).toString('latin1')),
        stderr: Buffer.concat(err).toString('latin1'),
      });
    });
  });
}

/** What is left of the group that a row's process leads. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}

/** `"$@"` in a process prepared by starter.ts, for `around`; a row with it needs `bun`. */
export function prepared(spec: object): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const starter = fileURLToPath(new URL('./starter.ts', import.meta.url));
  return `exec ${[findBun() ?? 'bun', starter, JSON.stringify(spec)].map(quote).join(' ')} "$@"`;
}

/** Entries of a NUL-separated environment without what the launch itself sets or takes away. */
export function withoutOwn(environ: string): string {
  return environ
    .split('\0')
    .filter((entry) => !/^(PQX_|PQC_|FIDELITY=)/.test(entry))
    .join('\0');
}

/** Lines of /proc/PID/status, by their names. */
export function statusFields(...names: readonly string[]): (recorded: string) => string {
  return (recorded) =>
    recorded
      .split('\n')
      .filter((line) => names.includes(line.split(':')[0] ?? ''))
      .join('\n');
}

function isInstalled(program: string): boolean {
  if (program === 'bun') return findBun() !== undefined;
  return ['/usr/local/bin', '/usr/bin', '/bin'].some((directory) => existsSync(join(directory, program)));
}
