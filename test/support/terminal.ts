/** A program on a terminal of its own: what it shows, and what is typed when it has shown something. */
import { type IPty, spawn } from '@lydell/node-pty';
import { onTestFinished } from 'vitest';
import { BUILDS, type Build, type User } from './programs.ts';

export interface Session {
  /** Resolves once `text` has been shown, from the last thing that was waited for on. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  readonly pid: number;
  /** Everything that was shown, and how it ended. */
  readonly ended: Promise<{ readonly shown: string; readonly status: number; readonly signal: number }>;
}

/** pqx on a terminal. */
export function pqxOnTerminal(
  user: User,
  build: Build,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Session {
  const [program, ...first] = BUILDS[build];
  return onTerminal(user, program, [...first, ...args], env);
}

/** Any program on a terminal. */
export function onTerminal(
  user: User,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Session {
  const pty: IPty = spawn(program, [...args], { cols: 300, cwd: user.home, env: { ...user.env, ...env } });
  let shown = '';
  let seen = 0;
  let running = true;
  let waiting: { readonly text: string; readonly found: () => void } | undefined;
  const look = () => {
    if (waiting === undefined) return;
    const at = shown.indexOf(waiting.text, seen);
    if (at < 0) return;
    seen = at + waiting.text.length;
    waiting.found();
    waiting = undefined;
  };
  pty.onData((data) => {
    shown += data;
    look();
  });
  // A program that waits for ever must not outlive its test.
  onTestFinished(() => {
    if (running) pty.kill('SIGKILL');
  });
  return {
    shows: (text) =>
      new Promise((found) => {
        waiting = { text, found };
        look();
      }),
    type: (text) => pty.write(text),
    pid: pty.pid,
    ended: new Promise((resolve) =>
      pty.onExit(({ exitCode, signal }) => {
        running = false;
        resolve({ shown, status: exitCode, signal: signal ?? 0 });
      }),
    ),
  };
}
