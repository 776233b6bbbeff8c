/** `unlock` and `lock`, with the real keyring of the kernel; the names there are of the test's own files. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILD_NAMES, type Options, type Result, root, type User } from '../support/programs.ts';
import { onTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';

const PASSPHRASE = 'correct horse public';
const ASKS = 'pqx: a passphrase is needed, and there is no terminal to ask on\n';

interface Owner extends User {
  readonly given: Readonly<Record<string, string>>;
  /** Runs a line of shell without a terminal and without a passphrase. */
  alone(line: string, options?: Options): Result;
}

function fixture(): Owner {
  const user = newUser();
  cpSync(join(root, 'test', 'fixtures', 'v2-passphrase'), user.config, { recursive: true });
  user.shell('chmod 700 "$PQC_CONFIG_DIR"; chmod 600 "$PQC_CONFIG_DIR"/*');
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  printenv: { command: printenv, env: { A: ZENMUX_API_KEY } }\n',
  );
  // Every copy is another file, and so is what is unlocked of it: no test, and no person, meets another's.
  const file = join(user.config, 'private.key.enc');
  user.write('.config/pqc-secrets/private.key.enc', `${readFileSync(file, 'utf8')}${' '.repeat(pad())}\n`);
  const given = { PQX_PASSPHRASE_FILE: user.write('passphrase', `${PASSPHRASE}\n`) };
  onTestFinished(() => {
    user.pqx(['lock']);
  });
  return { ...user, given, alone: (line, options) => user.shell(`setsid -w ${line} < /dev/null`, options) };
}

let copies = process.pid % 10_000;
function pad(): number {
  copies += 1;
  return copies;
}

const keyring = fixtureAnswers();
function fixtureAnswers(): boolean {
  const { stderr } = spawnSync(join(root, 'bin', 'pqx'), ['lock'], {
    encoding: 'utf8',
    env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
  });
  return stderr === 'nothing was unlocked\n';
}
/** As root alone: a process that holds keys may not be looked into by its user's own tracer. */
const canTrace = process.getuid?.() === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const isRoot = process.getuid?.() === 0;

describe.skipIf(!keyring)('unlocked (the keyring of the kernel)', () => {
  test('launches and words need no passphrase and no terminal, until `lock`', () => {
    const user = fixture();
    expect(user.alone('pqx printenv A')).toMatchObject({ status: 125, stdout: '' });
    expect(user.ok(['unlock'], { env: user.given }).stderr).toBe(
      'unlocked for 8h; pqx lock   ends it before\n',
    );
    expect(user.alone('pqx printenv A')).toMatchObject({ status: 0, stdout: 'z=1\n', stderr: '' });
    expect(user.alone('pqx get ZENMUX_API_KEY')).toMatchObject({ status: 0, stdout: 'z=1' });
    expect(user.ok(['identity']).stdout).toMatch(/, under a passphrase, unlocked\n$/);
    const said = () => [
      JSON.parse(user.ok(['status', '--json']).stdout).identity.unlocked,
      / is under a passphrase(.*)/.exec(user.pqx(['doctor']).stdout)?.[1],
    ];
    expect(said()).toEqual([true, ', and unlocked until pqx lock']);
    expect(user.ok(['lock']).stderr).toBe('locked\n');
    expect(said()).toEqual([false, '']);
    const locked = user.alone('pqx printenv A');
    expect(locked).toMatchObject({ status: 125, stdout: '' });
    expect(locked.stderr).toContain(ASKS);
    expect(user.ok(['lock']).stderr).toBe('nothing was unlocked\n');
    expect(user.ok(['identity']).stdout).toMatch(/, under a passphrase\n$/);
    expect(user.ok(['log']).stdout).toMatch(/unlock[\s\S]*lock/);
  });

  test('the passphrase is asked for on the terminal', async () => {
    const user = fixture();
    const session = onTerminal(user, join(root, 'bin', 'pqx'), ['unlock', '--for', '90m']);
    await session.shows('Passphrase of ');
    session.type(`${PASSPHRASE}\r`);
    const { shown, status } = await session.ended;
    expect(status).toBe(0);
    expect(shown).toContain('unlocked for 90m');
    expect(user.alone('pqx printenv A').stdout).toBe('z=1\n');
  });

  test('a wrong passphrase unlocks nothing', () => {
    const user = fixture();
    const env = { PQX_PASSPHRASE_FILE: user.write('other', 'correct horse publiC\n') };
    const { status, stderr } = user.pqx(['unlock'], { env });
    expect(status).toBe(1);
    expect(stderr).toContain('does not open: the passphrase is wrong, or the file was changed');
    expect(user.alone('pqx printenv A').status).toBe(125);
    expect(user.ok(['lock']).stderr).toBe('nothing was unlocked\n');
  });

  test('when the time is over it is gone', async () => {
    const user = fixture();
    user.ok(['unlock', '--for', '2s'], { env: user.given });
    let status: number | null = 0;
    for (let turn = 0; turn < 120 && status === 0; turn += 1) {
      status = user.alone('pqx printenv A').status;
      await sleep(250);
    }
    expect(status).toBe(125);
    expect(user.ok(['lock']).stderr).toBe('nothing was unlocked\n');
  });

  test.each(['0s', '25h', '86401s', '8', '8d', '1.5h', '-1h', '', '99999999h'])(
    '--for "%s" is refused',
    (time) => {
      const user = fixture();
      expect(user.pqx(['unlock', `--for=${time}`], { env: user.given })).toMatchObject({
        status: 2,
        stderr: 'pqx: --for takes a time from 1s to 24h\n  hint: pqx unlock --for 90m\n',
      });
      expect(user.alone('pqx printenv A').status).toBe(125);
    },
  );

  test.each([
    ['identity --to file', ''],
    ['identity --to passphrase', 'new'],
    ['rotate', ''],
    ['keygen --force', ''],
  ])('after `%s` nothing of it stays', async (line) => {
    const user = fixture();
    const file = join(user.config, 'private.key.enc');
    const before = readFileSync(file);
    user.ok(['unlock'], { env: user.given });
    if (line === 'identity --to passphrase') {
      const session = onTerminal(user, join(root, 'bin', 'pqx'), line.split(' '));
      await session.shows('Passphrase of ');
      session.type(`${PASSPHRASE}\r`);
      await session.shows('New passphrase: ');
      session.type('another\r');
      await session.shows('The same again: ');
      session.type('another\r');
      expect((await session.ended).status).toBe(0);
    } else user.ok(line.split(' '), { env: user.given });
    expect(readFileSync(file)).not.toEqual(before);
    user.write('.config/pqc-secrets/private.key.enc', before);
    expect(user.ok(['lock']).stderr).toBe('nothing was unlocked\n');
  });

  test('what replaces the identity asks for the passphrase all the same, and takes no wrong one', () => {
    const user = fixture();
    const before = readFileSync(join(user.config, 'private.key.enc'));
    user.ok(['unlock'], { env: user.given });
    for (const line of ['pqx rotate', 'pqx identity --to file']) {
      const { status, stderr } = user.alone(line);
      expect(status).toBe(1);
      expect(stderr).toContain(ASKS);
    }
    const env = { PQX_PASSPHRASE_FILE: user.write('other', 'correct horse publiC\n') };
    expect(user.pqx(['rotate'], { env }).stderr).toContain('the passphrase is wrong');
    expect(readFileSync(join(user.config, 'private.key.enc'))).toEqual(before);
    expect(user.alone('pqx printenv A').stdout).toBe('z=1\n');
  });

  test.skipIf(!canTrace)(
    'no other program has a part in it, and it is written into no file (root, strace)',
    () => {
      const user = fixture();
      // The profiles are read, and kept, before.
      user.ok(['profiles']);
      const log = join(user.home, 'trace');
      const traced = (...args: readonly string[]) => {
        const options = [
          '-f',
          '-e',
          'trace=execve,open,openat,creat,memfd_create',
          '-e',
          'signal=none',
          '-o',
          log,
        ];
        const { status } = spawnSync('strace', [...options, join(root, 'bin', 'pqx'), ...args], {
          cwd: user.home,
          env: { ...user.env, ...user.given },
          timeout: 60_000,
        });
        expect(status).toBe(0);
        const lines = readFileSync(log, 'utf8').split('\n');
        return {
          programs: lines.flatMap((line) => /execve\("([^"]*)"/.exec(line)?.[1] ?? []),
          written: lines
            .filter(
              (line) =>
                /O_WRONLY|O_RDWR|O_CREAT|creat\(|memfd/.test(line) && !/"\/dev\/|"\/proc\//.test(line),
            )
            .map((line) => /"([^"]*)"/.exec(line)?.[1]),
        };
      };
      const audit = join(user.config, 'audit.jsonl');
      expect(traced('unlock')).toEqual({ programs: [join(root, 'bin', 'pqx')], written: [audit] });
      const launch = traced('printenv', 'A');
      expect(launch.programs).toEqual([join(root, 'bin', 'pqx'), expect.stringMatching(/\/printenv$/)]);
    },
  );

  test.skipIf(!isRoot || !existsSync('/usr/bin/python3'))(
    'another user cannot read it, even with the keyrings of this one in his session, as sudo leaves them (root, python3)',
    () => {
      const user = fixture();
      user.ok(['unlock'], { env: user.given });
      const keys = readFileSync('/proc/keys', 'utf8');
      const serial = serialIn(keys, readFileSync(join(user.config, 'private.key.enc')));
      const reading = (become: string) =>
        spawnSync('/usr/bin/python3', ['-c', READER, String(serial), become], { encoding: 'utf8' });
      expect(reading('0')).toMatchObject({ status: 0, stdout: '32 Success\n' });
      expect(reading('65534')).toMatchObject({ status: 0, stdout: '-1 Permission denied\n' });
    },
  );
});

/** A session that holds the user's keyring is handed to another user, who asks for the key by its number (keyctl(2)). */
const READER = `import ctypes, os, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
number = 219 if platform.machine() == 'aarch64' else 250
join, link, read, session, own = 1, 8, 11, -3, -4
assert libc.syscall(number, join, None, 0, 0, 0) > 0
assert libc.syscall(number, link, own, session, 0, 0) == 0
become = int(sys.argv[2])
os.setresuid(become, become, become)
ctypes.set_errno(0)
count = libc.syscall(number, read, int(sys.argv[1]), ctypes.create_string_buffer(64), 64, 0)
print(count, os.strerror(ctypes.get_errno()))
`;

/** The kernel shows the keys that its reader may see, with their descriptions. */
function serialIn(keys: string, file: Uint8Array): number {
  const name = `pqx:0:${sha3(file)}`;
  const line = keys.split('\n').find((candidate) => candidate.includes(name));
  return Number.parseInt(line ?? '', 16);
}

function sha3(bytes: Uint8Array): string {
  return createHash('sha3-256').update(bytes).digest('hex').slice(0, 16);
}

describe.each(BUILD_NAMES)('nothing to unlock, %s', (build) => {
  test('in the file store, and without an identity', () => {
    const user = newUser();
    expect(user.pqx(['unlock'], { build })).toMatchObject({
      status: 1,
      stderr: `pqx: there is no identity in ${user.config}\n  hint: pqx keygen\n`,
    });
    user.ok(['keygen']);
    expect(user.pqx(['unlock'], { build })).toMatchObject({
      status: 1,
      stderr: `pqx: the identity in ${user.config} is under no passphrase: nothing is to be unlocked\n  hint: pqx identity --to passphrase   puts it under one\n`,
    });
  });
});

test('the Node build says that it has no keyring, before it asks, and its launches ask', () => {
  const user = fixture();
  for (const word of ['unlock', 'lock']) {
    const { status, stderr } = user.alone(`pqx ${word}`, { build: 'node' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^pqx: the keyring of the kernel is not to be had here \(the Node build cannot call it\)\n {2}hint: .*\n$/,
    );
  }
  expect(user.alone('pqx printenv A', { build: 'node' }).stderr).toContain(ASKS);
  expect(user.pqx(['printenv', 'A'], { build: 'node', env: user.given }).stdout).toBe('z=1\n');
});

/** A filter that answers EPERM to the calls, as those of containers do: a seccomp program in few lines of Python. */
const FILTER = `import ctypes, os, platform, struct, sys
nrs = (217, 218, 219) if platform.machine() == 'aarch64' else (248, 249, 250)
code = [(0x20, 0, 0, 0)] + [(0x15, len(nrs) - i, 0, nr) for i, nr in enumerate(nrs)] + [(0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050001)]
blob = b''.join(struct.pack('HBBI', *line) for line in code)
buffer = ctypes.create_string_buffer(blob)
class Prog(ctypes.Structure):
    _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_void_p)]
prog = Prog(len(code), ctypes.cast(buffer, ctypes.c_void_p))
l = ctypes.CDLL(None, use_errno=True)
assert l.prctl(38, 1, 0, 0, 0) == 0
assert l.prctl(22, 2, ctypes.byref(prog), 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
`;

test.skipIf(spawnSync('python3', ['-c', '']).status !== 0)(
  'where the calls are filtered: said before it asks; launches ask (python3)',
  () => {
    const user = fixture();
    const filtered = `python3 ${user.write('filter.py', FILTER)}`;
    for (const word of ['unlock', 'lock'])
      expect(user.alone(`${filtered} pqx ${word}`).stderr).toMatch(
        /^pqx: the keyring of the kernel is not to be had here \(EPERM\)\n {2}hint: .*\n$/,
      );
    expect(user.alone(`${filtered} pqx printenv A`)).toMatchObject({ status: 125, stdout: '' });
    const { stdout, stderr } = user.shell(`${filtered} pqx printenv A`, { env: user.given });
    expect([stdout, stderr]).toEqual(['z=1\n', '']);
  },
);
