/** A user with config files in its profile, and a place in memory of its own, so that what is left behind can be counted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { BUILDS, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

/** What stands in the files; nobody else says it. */
export const SECRET = 'canary-of-the-config-file-5cf1';

export const PROFILES = `version: 1
profiles:
  t:
    files:
      pgpass: { template: "h:5432:*:app:{{ PG | pgpass }}\\n", env: PGPASSFILE }
      app.json: { json: { token: "{{ PG }}", port: 5432 }, env_dir: APP_DIR, mode: 0400 }
`;

export interface Place {
  readonly user: User;
  readonly env: Readonly<Record<string, string>>;
  /** On tmpfs. */
  readonly path: string;
  /** The private directories that are there, absolute. */
  directories(): readonly string[];
  /** The config files that are there, absolute. */
  files(): readonly string[];
  /** Starts a launch as the leader of a session of its own. */
  start(args: readonly string[], build?: Build): ChildProcess;
}

/** Whether /dev/shm is memory, as on every Linux but the oddest. */
export const HAS_MEMORY = process.platform === 'linux' && statfsSync('/dev/shm').type === 0x01021994;

export function newPlace(profiles = PROFILES): Place {
  const user = newUser();
  const path = mkdtempSync('/dev/shm/pqx-test-');
  chmodSync(path, 0o700);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  user.ok(['keygen']);
  user.ok(['pack'], { input: `PG=${SECRET}\nOTHER=other-${SECRET}\n` });
  user.write('.config/pqc-secrets/profiles.yaml', profiles);
  const env = { ...user.env, XDG_RUNTIME_DIR: path };
  const own = `${path}/pqx-${process.getuid?.() ?? 0}`;
  return {
    user,
    env,
    path,
    directories: () => namesIn(own).map((name) => `${own}/${name}`),
    files: () =>
      namesIn(own).flatMap((name) =>
        namesIn(`${own}/${name}/files`).map((file) => `${own}/${name}/files/${file}`),
      ),
    start(args, build = 'standalone') {
      const [program, ...first] = BUILDS[build];
      const child = spawn(program, [...first, ...args], {
        env,
        cwd: user.home,
        stdio: 'ignore',
        detached: true,
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    },
  };
}

/** Until it is so, or for longer than any machine takes. */
export async function eventually(what: string, is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${what}: not after 20 seconds`);
}

/** How it ended: its status, or the signal's name. */
export function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      resolve(child.exitCode ?? child.signalCode ?? -1);
    else child.once('exit', (status, signal) => resolve(status ?? signal ?? -1));
  });
}

/** The pid in a record of a private directory. */
export function recordedPid(directory: string, role: 'pqx' | 'guard' | 'target'): number {
  return Number.parseInt(readFileSync(`${directory}/${role}`, 'utf8'), 10);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
