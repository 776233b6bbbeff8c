/**
 * Keychains that are none: each ends in one line that says what is wrong and a hint, with the right status, within the
 * time limit (4 s; what is asserted is generous), and leaves no process behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type KeychainUser,
  keychainUser,
  lookUp,
  MAIN,
  missingPackage,
  NEEDS,
  putEntry,
  WANTED,
} from '../support/keychain.ts';
import { BUILD_NAMES, BUILDS, type Build, root } from '../support/programs.ts';

/** In seconds, with a machine in mind that does other things too. */
const GENEROUS = 10;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** What of its session still runs when it has ended. */
  readonly left: readonly string[];
}

type Env = Readonly<Record<string, string>>;

function run(
  user: KeychainUser,
  command: readonly string[],
  env: Env,
): Promise<Outcome> & { readonly pid: number } {
  const [program = '', ...args] = command;
  const started = performance.now();
  // In a session of its own, by which all that it starts is known.
  const child = spawn(program, args, { cwd: user.home, env: { ...user.env, ...env }, detached: true });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (status) => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ status, stdout, stderr, seconds, left: inSession(child.pid ?? 0) });
    });
  });
  return Object.assign(ended, { pid: child.pid ?? 0 });
}

function inSession(session: number): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [state, , , of] = statOf(pid);
      return Number(of) === session && state !== 'Z';
    });
}

/** State, parent, group and session of proc(5). */
function statOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** A launch and a word fail alike, in time; `doctor` and `status` go on. At once, unless `inTurn` is said. */
async function expectFailure(
  user: KeychainUser,
  build: Build,
  env: Env,
  message: RegExp,
  hint: RegExp,
  self: readonly string[] = BUILDS[build],
  inTurn = false,
): Promise<void> {
  const pqx = (...args: readonly string[]) => run(user, [...self, ...args], env);
  const launch = pqx('printenv', 'A');
  if (inTurn) await launch;
  const word = pqx('get', 'A');
  if (inTurn) await word;
  const doctor = await pqx('doctor', '--json');
  expectSaid([await launch, await word], message, hint);
  const status = await pqx('status');
  expect([doctor.status, status.status]).toEqual([1, 0]);
  const findings: readonly { message: string; level: string }[] = JSON.parse(doctor.stdout).findings;
  const toMend = findings.filter(({ level }) => level === 'wrong' || level === 'unsafe');
  expect(toMend.map((finding) => finding.message)).toEqual([expect.stringMatching(message)]);
  expect([...doctor.left, ...status.left]).toEqual([]);
  expect(status.stdout).toContain(`store keychain  account ${MAIN}`);
}

function expectSaid(outcomes: readonly Outcome[], message: RegExp, hint: RegExp): void {
  for (const { stdout, stderr, seconds, left } of outcomes) {
    const [first = '', second = '', ...more] = stderr.split('\n');
    expect(first).toMatch(/^pqx: /);
    expect(first).toMatch(message);
    expect(second).toMatch(/^ {2}hint: /);
    expect(second).toMatch(hint);
    expect([more, stdout, left]).toEqual([[''], '', []]);
    expect(seconds).toBeLessThan(GENEROUS);
  }
  expect(outcomes.map(({ status }) => status)).toEqual([125, 1]);
}

/** An identity in the keychain, which worked until now. */
async function ready(build: Build): Promise<KeychainUser> {
  const user = await keychainUser(build);
  user.ok(['keygen', '--store', 'keychain']);
  user.ok(['pack'], { input: 'A=a1\n' });
  expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
  return user;
}

const BUS = /the session’s D-Bus, by which the keychain is reached, is not to be had \(.+\)$/;
const NEW_SESSION = /dbus-run-session -- sh -c|export DBUS_SESSION_BUS_ADDRESS=unix:path=\/run\/user\//;
const WHO = /busctl --user status org\.freedesktop\.secrets {3}shows which program is the keychain/;

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(`${NEEDS}, %s`, (build) => {
  test('no address of a bus', async () => {
    const user = await ready(build);
    await expectFailure(user, build, {}, BUS, NEW_SESSION);
  });

  test('a socket where nobody listens', async () => {
    const user = await ready(build);
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${user.home}/none` };
    await expectFailure(user, build, env, BUS, NEW_SESSION);
  });

  test('a socket that accepts and never answers', async () => {
    const user = await ready(build);
    const path = join(user.home, 'silent');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => {
      server.close();
    });
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
    await expectFailure(
      user,
      build,
      env,
      /the keychain does not answer, or waits to be unlocked \(waited 4 s\)$/,
      WHO,
    );
    const asking = run(user, [...BUILDS[build], 'keygen', '--force'], { ...env, SECRET: 's' });
    if (build === 'standalone') await expectHardened(asking.pid);
    const { status, seconds, stderr, left } = await asking;
    expect([status, left]).toEqual([1, []]);
    expect(stderr).toContain('the keychain does not answer');
    expect(seconds).toBeLessThan(GENEROUS);
  }, 90_000);

  test('a bus without a Secret Service', async () => {
    const user = await ready(build);
    const without = await keychainUser(build, false);
    const message = /nothing on the session’s D-Bus offers the Secret Service, which is the keychain here$/;
    await expectFailure(user, build, without.session.env, message, /sudo apt-get install gnome-keyring {3}/);
  });

  test('a service that is stopped', async () => {
    const user = await ready(build);
    user.session.service?.kill('SIGSTOP');
    await expectFailure(user, build, user.session.env, /the keychain does not answer/, WHO);
    user.session.service?.kill('SIGCONT');
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
  }, 60_000);

  test('a keyring that is locked, and unlocked by what the hint says', async () => {
    const user = await ready(build);
    await user.session.relock();
    const message = /the keychain is locked, and nobody unlocked it$/;
    await expectFailure(
      user,
      build,
      user.session.env,
      message,
      /gnome-keyring-daemon --replace --unlock {3}/,
      BUILDS[build],
      // GNOME Keyring takes its time with several that want it unlocked.
      true,
    );
    const env = { ...user.env, ...user.session.env };
    spawnSync('gnome-keyring-daemon', ['--replace', '--unlock'], { env, input: 'pw', timeout: 60_000 });
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
  });

  test('a locked entry that the library does not see', async () => {
    const user = await ready(build);
    const text = user.session.tool(['lookup', 'service', 'pqc-secrets', 'account', MAIN]).stdout;
    user.session.tool(['clear', 'service', 'pqc-secrets', 'account', MAIN]);
    user.session.tool(['store', '--label=x', 'service', 'pqc-secrets', 'account', MAIN], text);
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
    await user.session.relock();
    const { status, stderr } = user.pqx(['get', 'A']);
    expect(status).toBe(1);
    expect(stderr).toContain('the keychain is locked, and nobody unlocked it\n');
  });

  test('several entries for the account', async () => {
    const user = await ready(build);
    const more = ['service', 'pqc-secrets', 'username', MAIN, 'application', 'other'];
    user.session.tool(['store', '--label=x', ...more], 'x');
    const message =
      /the keychain has several entries for this service and account, and only one can be meant$/;
    await expectFailure(user, build, user.session.env, message, /seahorse {3}/);
  });

  test('nothing is written into a keychain that is locked, stopped or absent, and the identity stays where it was', async () => {
    const user = await keychainUser(build);
    user.ok(['keygen']);
    user.ok(['pack'], { input: 'A=a1\n' });
    user.session.tool(['store', '--label=x', 'service', 'x', 'account', 'x'], 'x');
    await user.session.relock();
    const stays = async (env: Env, said: RegExp) => {
      const { status, stderr, left } = await run(
        user,
        [...BUILDS[build], 'identity', '--to', 'keychain'],
        env,
      );
      expect([status, left]).toEqual([1, []]);
      expect(stderr).toMatch(said);
      expect(user.ok(['get', 'A']).stdout).toBe('a1');
    };
    await stays(user.session.env, /^pqx: the keychain is locked/);
    await stays({}, /^pqx: the session’s D-Bus/);
    user.session.service?.kill('SIGSTOP');
    await stays(user.session.env, /^pqx: the keychain does not answer/);
    // Where the variable asks for it first, the file store is used, and that is said.
    const asked = user.ok(['get', 'A'], { env: WANTED });
    expect(asked.stdout).toBe('a1');
    expect(asked.stderr).toMatch(
      /^pqx: the keychain was not used, but the file store: the keychain does not answer.*\n$/,
    );
  }, 60_000);

  test('the library’s part of pqx is missing, of others, or no such thing', async () => {
    const user = await ready(build);
    const { bin, self } = copyOf(user, build);
    const { env } = user.session;
    const native = join(bin, 'keyring.node');
    expect((await run(user, [...self, 'get', 'A'], env)).stdout).toBe('a1');
    chmodSync(native, 0o666);
    await expectFailure(
      user,
      build,
      env,
      /others can write .*\/keyring\.node$/,
      /chmod go-w .*\/keyring\.node/,
      self,
    );
    chmodSync(native, 0o644);
    chmodSync(bin, 0o777);
    await expectFailure(user, build, env, /others can write the directory .*\/bin$/, /chmod go-w /, self);
    chmodSync(bin, 0o755);
    writeFileSync(native, 'no library');
    const again = /\(cd .*\/copy && npm ci\) {3}makes it/;
    await expectFailure(
      user,
      build,
      env,
      /keyring\.node cannot be loaded, by which pqx reaches the keychain$/,
      again,
      self,
    );
    rmSync(native);
    await expectFailure(
      user,
      build,
      env,
      /keyring\.node is missing, by which pqx reaches the keychain$/,
      again,
      self,
    );
  }, 60_000);
});

/** The process that asks: it is told nothing that it need not know, leaves no core, and none of this user's looks into it. */
async function expectHardened(session: number): Promise<void> {
  const isAsking = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'pqx\0--keychain\0';
  const isHardened = (pid: string) =>
    /^Max core file size +0 /m.test(readFileSync(`/proc/${pid}/limits`, 'utf8'));
  let asking: string | undefined;
  for (let turn = 0; turn < 400 && asking === undefined; turn += 1) {
    await sleep(5);
    asking = inSession(session).find((pid) => isAsking(pid) && isHardened(pid));
  }
  expect(asking).toBeDefined();
  const environ = () => readFileSync(`/proc/${asking}/environ`, 'utf8');
  if (process.getuid?.() !== 0) expect(environ).toThrow('EACCES');
  else {
    const names = environ()
      .split('\0')
      .map((entry) => entry.split('=')[0]);
    expect(names.sort()).toEqual(['', 'DBUS_SESSION_BUS_ADDRESS', 'HOME', 'LANG', 'PATH']);
  }
}

/** pqx somewhere else, with its native part, as an installation is. */
function copyOf(
  user: KeychainUser,
  build: Build,
): { readonly bin: string; readonly self: readonly string[] } {
  const bin = join(user.home, 'copy', 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o755 });
  chmodSync(bin, 0o755);
  copyFileSync(join(root, 'bin', 'keyring.node'), join(bin, 'keyring.node'));
  if (build === 'standalone') {
    copyFileSync(join(root, 'bin', 'pqx'), join(bin, 'pqx'));
    return { bin, self: [join(bin, 'pqx')] };
  }
  copyFileSync(join(root, 'bin', 'pqx.mjs'), join(bin, 'pqx.mjs'));
  cpSync(join(root, 'dist'), join(user.home, 'copy', 'dist'), { recursive: true });
  return { bin, self: [process.execPath, join(bin, 'pqx.mjs')] };
}

/** Without secret-tool: in a mount namespace of its own, where something else lies over it. */
const canHide =
  missingPackage === undefined &&
  spawnSync('unshare', ['--mount', 'sh', '-c', 'mount --bind /dev/null /usr/bin/secret-tool']).status === 0;

describe.skipIf(!canHide).each(BUILD_NAMES)(`without secret-tool (root): ${NEEDS}, %s`, (build) => {
  test('what is there is read and changed; what is new cannot be written, which is said', async () => {
    const user = await keychainUser(build);
    const hidden = (args: readonly string[], env: Env = {}) =>
      run(
        user,
        [
          'unshare',
          '--mount',
          'sh',
          '-c',
          'mount --bind /dev/null /usr/bin/secret-tool; exec "$@"',
          'sh',
          ...BUILDS[build],
          ...args,
        ],
        { ...user.session.env, ...env },
      );
    const missing =
      'pqx: secret-tool is not there, by which pqx writes into the keychain\n  hint: sudo apt-get install libsecret-tools\n';
    expect(await hidden(['keygen', '--store', 'keychain'])).toMatchObject({ status: 1, stderr: missing });
    user.ok(['keygen', '--store', 'keychain']);
    user.ok(['pack'], { input: 'A=a1\n' });
    expect((await hidden(['printenv', 'A'])).stdout).toBe('a1\n');
    expect((await hidden(['doctor'])).stdout).toContain(
      'secret-tool is not there, by which pqx makes new entries',
    );
    expect((await hidden(['rotate'])).stderr).toBe(missing);
    // Not the kernel's keyring, which the library would ask in the place of a Secret Service that is not there.
    expect((await hidden(['get', 'A'], { DBUS_SESSION_BUS_ADDRESS: '' })).stderr).toMatch(
      /^pqx: the session’s D-Bus/,
    );
    const text = lookUp(user);
    user.session.tool(['clear', 'service', 'pqc-secrets', 'account', MAIN]);
    putEntry(user, text);
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
    expect(await hidden(['get', 'A'])).toMatchObject({
      status: 1,
      stderr: `pqx: the library of the keychain sees no entry pqc-secrets/${MAIN}, and secret-tool, which sees others, is not there\n  hint: sudo apt-get install libsecret-tools\n`,
    });
  });
});
