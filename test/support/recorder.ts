/** Stand-ins for programs, which say what they were started with: every argument and the whole environment, byte for byte. */
import type { Result, User } from './programs.ts';

export interface Recorded {
  /** Without argv[0]. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The kernel's own record of how the shell was started: a shell's `env` would add and lose variables. */
const SCRIPT = '#!/bin/sh\ncat /proc/$$/cmdline\nprintf "\\n"\ncat /proc/$$/environ\n';

/** Puts a stand-in under the name `tool` into the user's `bin`, and returns that directory for PATH. */
export function installRecorder(user: User, tool: string): string {
  return user.write(`bin/${tool}`, SCRIPT, 0o755).slice(0, -tool.length - 1);
}

/** What a stand-in said. The arguments must hold no newline. */
export function recorded(result: Result): Recorded {
  const end = result.stdout.indexOf('\n');
  // The shell, the script, and then what the script was given.
  const [, , ...args] = result.stdout.slice(0, end).split('\0').slice(0, -1);
  const entries = result.stdout.slice(end + 1).split('\0');
  const env = entries
    .slice(0, -1)
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const);
  return { args, env: Object.fromEntries(env) };
}
