/** Programs that are asked one thing and answer within a time limit. `helper-bun.ts` has the same functions. */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errnoOf } from '../fault.ts';
import { bytesOfText } from './bytes.ts';
import type { Answer, Question } from './caller.ts';
import { environmentObject } from './environment-node.ts';

/** Starts the program, hands it `input`, and returns what it said; kills it at the time limit. The caller wipes both. */
export function ask({ program, args, environ, input, until, limit }: Question): Answer {
  const left = Math.ceil(until - performance.now());
  if (left <= 0) return { kind: 'silent' };
  const [path = '', ...first] = program === undefined ? [process.execPath, ownScript()] : [program];
  const { status, stdout, stderr, error } = spawnSync(path, [...first, ...args], {
    input,
    env: environmentObject(environ.map(bytesOfText)),
    cwd: '/',
    stdio: 'pipe',
    timeout: left,
    killSignal: 'SIGKILL',
    maxBuffer: limit,
  });
  if (status !== null) return { kind: 'ended', status, output: stdout, complaints: stderr };
  stdout?.fill(0);
  const code = errnoOf(error);
  if (code === undefined || code === 'ENOBUFS')
    return { kind: 'ended', status: 128, output: new Uint8Array(), complaints: stderr ?? new Uint8Array() };
  return code === 'ETIMEDOUT' ? { kind: 'silent' } : { kind: 'not-started', code };
}

/** This process ends after so many seconds, whatever it is waiting for: another thread sees to it. */
export function limitLife(seconds: number): void {
  const end = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${seconds * 1000})`;
  new Worker(end, { eval: true }).unref();
}

/** The directory in which this program's own files lie. */
export function ownDirectory(): string {
  return dirname(ownScript());
}

/** By its own name: that of a shim would be taken for the tool's. */
function ownScript(): string {
  return realpathSync(process.argv[1] ?? '');
}
