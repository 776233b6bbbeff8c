/** What can be seen from outside while a program runs: the arguments of every process. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { BUILDS, type Build, type User } from './programs.ts';

/**
 * Looks at the arguments of every process, or at another file of it under /proc, again and again, until it is told to
 * stop: then it returns those command lines that held one of the words. The program has to be started without blocking
 * the event loop.
 */
export function watchArguments(
  file: 'cmdline' | 'environ' = 'cmdline',
): (...words: readonly string[]) => readonly string[] {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It has ended.
      }
    }
  };
  const timer = setInterval(look, 1);
  return (...words) => {
    clearInterval(timer);
    look();
    return [...seen].filter((line) => words.some((word) => line.includes(word)));
  };
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends Promise<Ended> {
  readonly child: ReturnType<typeof spawn>;
}

/** As `User.pqx`, but for the event loop, which watches meanwhile. */
export function startPqx(
  user: User,
  args: readonly string[],
  { build = 'standalone', env = {}, input = '' }: StartOptions = {},
): Running {
  const [program, ...first] = BUILDS[build];
  return startProgram(user, program, [...first, ...args], { env, input });
}

interface StartOptions {
  readonly build?: Build;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export function startProgram(
  user: User,
  program: string,
  args: readonly string[],
  { env = {}, input = '' }: Omit<StartOptions, 'build'> = {},
): Running {
  const child = spawn(program, args, { env: { ...user.env, ...env }, cwd: user.home, stdio: 'pipe' });
  // A program that ends without reading is no failure of the one that starts it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return Object.assign(ended, { child });
}
