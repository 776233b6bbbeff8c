/** The caller's own soft limit of open files, which Node raises at start-up. Node only. */
import { existsSync, readFileSync } from 'node:fs';
import type { Limit } from './caller.ts';
import { limitIn } from './proc.ts';

/** util-linux has it; Node itself cannot set a limit. Never by PATH: nothing there is to be trusted. */
const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'];

/** Sets it back where util-linux is installed; elsewhere the target keeps the raised limit (FIDELITY). */
export function restoreFileLimit(): void {
  const now = fileLimit('self');
  const callers = fileLimit(String(process.ppid));
  if (now === undefined || callers === undefined || callers.hard !== now.hard || callers.soft === now.soft)
    return;
  const prlimit = PRLIMIT.find((path) => existsSync(path));
  if (prlimit === undefined) return;
  try {
    // Loaded here alone: most callers' limits are what Node makes of them.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    execFileSync(prlimit, [`--pid=${process.pid}`, `--nofile=${callers.soft}:`], {
      stdio: 'ignore',
      env: {},
    });
  } catch {
    // A prlimit that may not change it leaves it as it is.
  }
}

function fileLimit(pid: string): Limit | undefined {
  try {
    return limitIn(readFileSync(`/proc/${pid}/limits`, 'latin1'), 'Max open files');
  } catch {
    return undefined;
  }
}
