import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { findBun } from '../../src/build/build.ts';
import { Fault } from '../../src/fault.ts';
import { root } from '../support/programs.ts';

export const isRoot = process.geteuid?.() === 0;
/** A user that owns nothing, for what root may and others may not. */
export const NOBODY = 65534;

/** Both runtimes: how each runs a program of ours. */
export const RUNTIMES: readonly { readonly name: string; readonly command: string }[] = [
  { name: 'Node', command: process.execPath },
  ...[findBun()].flatMap((bun) => (bun === undefined ? [] : [{ name: 'Bun', command: bun }])),
];

/** A directory of its own, 0700, gone when the test ends. */
export function sandbox(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-store-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What a user sees of a failure. */
export interface Seen {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

function seen(error: unknown): Seen {
  if (!(error instanceof Fault)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}

/** The failure of `work`, which must be a Fault. */
export function faultOf(work: () => unknown): Seen {
  try {
    work();
  } catch (error) {
    return seen(error);
  }
  throw new Error('nothing was refused');
}

export async function faultOfAsync(work: () => Promise<unknown>): Promise<Seen> {
  try {
    await work();
  } catch (error) {
    return seen(error);
  }
  throw new Error('nothing was refused');
}

/** The command of a hint, typed into a shell: what stands behind three spaces is said to the reader. */
export function typeHint(hint: string | undefined): void {
  execFileSync('sh', ['-c', (hint ?? 'false').split('   ')[0] ?? 'false'], { stdio: 'pipe' });
}

export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, name)));
}

/** The program of this directory that does what its arguments say (`program.ts`). */
export const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: root });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
