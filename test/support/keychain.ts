/** A real Secret Service (gnome-keyring) on a session bus of its own, which starts nothing by itself and ends with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Build, Options, User } from './programs.ts';
import { newUser } from './user.ts';

/** The Debian package that is missing here; undefined when a Secret Service can be started. */
export const missingPackage: string | undefined = (
  [
    ['dbus', '/usr/bin/dbus-daemon'],
    ['gnome-keyring', '/usr/bin/gnome-keyring-daemon'],
    ['libsecret-tools', '/usr/bin/secret-tool'],
  ] as const
).find(([, program]) => !existsSync(program))?.[0];

export const NEEDS = 'a Secret Service (dbus, gnome-keyring, libsecret-tools)';
/** The account of an identity, unless another is said. */
export const MAIN = 'pqc-secrets-key';
export const WANTED = { PQC_USE_KEYCHAIN: 'true' };

const BUS = (directory: string) => `<busconfig><type>session</type><listen>unix:dir=${directory}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`;

export interface Session {
  /** What reaches the bus. */
  readonly env: Readonly<Record<string, string>>;
  /** The Secret Service; undefined when it was not started. */
  readonly service: ChildProcess | undefined;
  /** Runs secret-tool on it. */
  tool(
    args: readonly string[],
    input?: string,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  /** Starts the Secret Service again, locked. */
  relock(): Promise<void>;
  /** Starts it again, unlocked, where it has ended by itself. Tells whether it had. */
  revive(): Promise<boolean>;
}

export interface KeychainUser extends User {
  readonly session: Session;
}

/** A user with a keychain, whose every pqx is of the build and reaches it. */
export async function keychainUser(
  build: Build,
  service = true,
  keychain: 'at home' | 'elsewhere' = 'at home',
): Promise<KeychainUser> {
  const user = newUser();
  const session = await startSession(keychain === 'at home' ? user : newUser(), service);
  const profiles = 'version: 1\nprofiles:\n  printenv: { command: printenv, env: { A: A } }\n';
  user.write('.config/pqc-secrets/profiles.yaml', profiles);
  const within = (options?: Options) => ({ build, ...options, env: { ...session.env, ...options?.env } });
  return {
    ...user,
    session,
    pqx: (args, options) => user.pqx(args, within(options)),
    ok: (args, options) => user.ok(args, within(options)),
    shell: (line, options) => user.shell(line, within(options)),
  };
}

/** A bus for the user, and on it an unlocked Secret Service, unless there is to be none. */
export async function startSession(user: User, service = true): Promise<Session> {
  chmodSync(user.home, 0o700);
  const config = join(user.home, 'bus.conf');
  writeFileSync(config, BUS(user.home));
  const bus = start('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address'], {});
  const address = await firstLine(bus);
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: user.home };
  const tool: Session['tool'] = (args, input = '') =>
    spawnSync('secret-tool', args, {
      env: { ...user.env, ...env },
      input,
      encoding: 'utf8',
      timeout: 60_000,
    });
  let current = service ? startService(user, env, 'pw') : undefined;
  if (current !== undefined) await ready(tool);
  return {
    env,
    get service() {
      return current;
    },
    tool,
    async relock() {
      current?.kill('SIGKILL');
      await new Promise((resolve) => current?.once('close', resolve));
      current = startService(user, env, undefined);
      await ready(tool);
    },
    async revive() {
      if (current === undefined || (current.exitCode === null && current.signalCode === null)) return false;
      current = startService(user, env, 'pw');
      await ready(tool);
      return true;
    },
  };
}

/** Whoever has it stopped has to let it go on, or it would not end. */
function startService(user: User, env: Readonly<Record<string, string>>, password: string | undefined) {
  const unlock = password === undefined ? [] : ['--unlock'];
  const child = start('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
    ...user.env,
    ...env,
  });
  child.stdin?.end(password ?? '');
  return child;
}

function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk) => {
      said += chunk;
      if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')));
    });
    child.once('close', () => reject(new Error('the bus has ended')));
  });
}

/** It answers: that there is no such entry, and not that there is no service. */
async function ready(tool: Session['tool']): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const { status, stderr } = tool(['lookup', 'service', 'nobody', 'account', 'nobody']);
    if (status === 1 && stderr === '') return;
    await sleep(50);
  }
  throw new Error('gnome-keyring does not answer');
}

/** The text of an entry as secret-tool finds it; empty when there is none. */
export function lookUp(user: KeychainUser, account = MAIN, attribute = 'account'): string {
  return user.session.tool(['lookup', 'service', 'pqc-secrets', attribute, account]).stdout;
}

/** As somebody does who knows secret-tool, or an older engine with its `username`. */
export function putEntry(
  user: KeychainUser,
  text: string,
  attributes: readonly string[] = ['account', MAIN],
): void {
  const args = ['store', '--label=pqc-secrets', 'service', 'pqc-secrets', ...attributes];
  expect(user.session.tool(args, text)).toMatchObject({ status: 0, stderr: '' });
}
