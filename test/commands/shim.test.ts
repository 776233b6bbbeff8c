/** Tools that launch through pqx without pqx being typed. Both builds; programs are started without a shell in between. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

interface Ready extends User {
  readonly shims: string;
  readonly bin: string;
  /** Starts a program as an editor would: by its name in PATH, or by its path, and no shell. */
  start(
    program: string,
    args?: readonly string[],
    options?: {
      readonly env?: Readonly<Record<string, string>>;
      readonly argv0?: string;
      readonly cwd?: string;
    },
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
}

const SHOW = '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\nenv | grep -E "^(PQ|T_|MY_)" | sort\nexit 7\n';

function ready(build: Build, profiles: string, ...tools: readonly string[]): Ready {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'ONE=value-one\nTWO=value-two\n' });
  user.write('.config/pqc-secrets/profiles.yaml', `version: 1\nprofiles:\n${profiles}`);
  user.write('tools/tool', SHOW, 0o755);
  const shims = join(user.config, 'shims');
  const bin = join(user.home, 'tools');
  // The Node build's shims are started by the `node` of PATH.
  const runtime = build === 'node' ? `${join(root, 'node_modules', '.bin')}:` : '';
  const PATH = `${shims}:${bin}:${runtime}${user.env['PATH']}`;
  if (tools.length > 0) user.ok(['shim', 'add', ...tools], { build });
  return {
    ...user,
    shims,
    bin,
    start(program, args = [], options = {}) {
      const env = { HOME: user.home, LANG: 'C.UTF-8', PATH, ...options.env };
      // Found as execvp(3) finds it: the name stays argv[0].
      const result = spawnSync(program, args, {
        env,
        encoding: 'utf8',
        cwd: options.cwd ?? user.home,
        ...(options.argv0 === undefined ? {} : { argv0: options.argv0 }),
      });
      if (result.error !== undefined) throw result.error;
      return result;
    },
  };
}

const TOOL = '  tool: { command: tool, args: ["run **", "--help"], env: { T_ONE: ONE } }\n';

describe.each(BUILD_NAMES)('%s', (build) => {
  test('the tool alone gets its key, its arguments, its name and its status', () => {
    const user = ready(build, TOOL, 'tool');
    expect(
      user.start('tool', ['run', '', '-p x', '--reveal'], { env: { MY_TOKEN: 'callers', MY_OWN: 'stays' } }),
    ).toMatchObject({
      status: 7,
      stdout: expect.stringMatching(
        /^.*\/tools\/tool\nrun\n\n-p x\n--reveal\nMY_OWN=stays\nPQX_GRANTED=T_ONE\nPQX_PROFILE=tool\nPQX_SHIM=.*\nT_ONE=value-one\n$/,
      ),
      stderr: '',
    });
    expect(user.start('tool', ['--help']).stdout).toMatch(/\n--help\n(?:.*\n)*T_ONE=value-one\n/);
    expect(user.start(join(user.shims, 'tool'), ['run']).stdout).toContain('T_ONE=value-one\n');
    expect(user.start('tool', ['--guard', 'x']).stdout).toMatch(/\/tool\n--guard\nx\n/);
    expect(user.start('./tool', ['run'], { cwd: user.shims }).stdout).toContain('T_ONE=value-one\n');
  });

  test('argv[0] is what the caller gave, but for the path of the shim, which is not the tool', () => {
    const user = ready(build, '  busy: { command: busy, env: { T_ONE: ONE } }\n', 'busy');
    user.write('tools/busy', '#!/bin/bash\nexit 0\n', 0o755);
    const seen = (program: string, argv0?: string) =>
      user
        .start(program, ['-c', 'tr "\\0" " " </proc/$$/cmdline'], argv0 === undefined ? {} : { argv0 })
        .stdout.split(' ')[0];
    renameSync(join(user.bin, 'busy'), join(user.bin, 'busy.txt'));
    cpSync('/bin/bash', join(user.bin, 'busy'));
    expect(seen(join(user.shims, 'busy'))).toBe(join(user.bin, 'busy'));
    // The system starts a script by its path: what the caller gave is lost before the Node build is there.
    if (build === 'node') return;
    expect(seen('busy')).toBe('busy');
    expect(seen(join(user.shims, 'busy'), 'another')).toBe('another');
  });

  test('a command line that no profile is for starts the tool without grants; typed with pqx it is 125', () => {
    const user = ready(build, TOOL, 'tool');
    const env = {
      MY_TOKEN: 'callers',
      MY_OWN: 'stays',
      ONE: 'held',
      T_ONE: 'filled',
      PQX_BUNDLE: '/nowhere',
    };
    const { stdout, status } = user.start('tool', ['ps', '-a'], { env: { ...env, PQX_BUNDLE: '' } });
    expect(status).toBe(7);
    expect(stdout).toMatch(/\/tool\nps\n-a\nMY_OWN=stays\nPQX_GRANTED=\nPQX_SHIM=.*\n$/);
    const path = { PATH: `${user.bin}:${user.env['PATH']}` };
    expect(user.pqx(['tool', 'ps'], { build, env: path }).status).toBe(125);
    expect(user.pqx(['--passthrough', 'tool', 'ps'], { build, env: path }).status).toBe(7);
    // Not even a bundle that cannot be read stands in its way, while one that something is granted from does.
    user.write('.config/pqc-secrets/secrets.bundle.json', 'broken');
    expect(user.start('tool', ['ps']).status).toBe(7);
    expect(user.start('tool', ['run']).status).toBe(125);
    user.write('.config/pqc-secrets/profiles.yaml', 'version: 2\n');
    expect(user.start('tool', ['ps'])).toMatchObject({ status: 125, stdout: '' });
  });

  test('config files are there through a shim too, and gone behind it', async () => {
    const user = ready(
      build,
      '  tool: { command: tool, files: { f: { content: { key: ONE }, env: T_FILE } } }\n',
      'tool',
    );
    user.write('tools/tool', '#!/bin/sh\ncat "$T_FILE"; echo " $T_FILE"\n', 0o755);
    const [value, path = ''] = user.start('tool', ['--guard']).stdout.trim().split(' ');
    expect(value).toBe('value-one');
    for (let tries = 0; existsSync(path); tries += 1) {
      expect(tries).toBeLessThan(100);
      await wait(100);
    }
  });

  test('it uses the config directory that it stands in, whatever the environment says', () => {
    const user = ready(build, TOOL, 'tool');
    const other = newUser();
    const env = { HOME: other.home, PQC_CONFIG_DIR: other.config };
    expect(user.start('tool', ['run'], { env }).stdout).toContain('T_ONE=value-one\n');
  });

  test('nothing behind it in PATH: 125 and what it is, not a circle', () => {
    const user = ready(build, '  gone: { command: gone, env: { T_ONE: ONE } }\n', 'gone');
    const result = user.start('gone', ['run']);
    expect(result).toMatchObject({ status: 125, stdout: '' });
    expect(result.stderr).toMatch(
      /^pqx: .*shims\/gone is pqx itself, which would start itself again\n {2}hint: /,
    );
    if (build === 'node') return;
    const odd = { env: { PATH: '.::/usr/bin' }, cwd: user.shims };
    expect(user.start(join(user.shims, 'gone'), [], odd).status).toBe(125);
  });

  test('a wrapped tool that starts another: each has its own key, and what the outer one granted is dropped', () => {
    const user = ready(
      build,
      '  outer: { command: outer, env: { T_ONE: ONE } }\n  inner: { command: inner, env: { T_TWO: TWO }, inherit: all }\n',
      'outer',
      'inner',
    );
    user.write('tools/outer', '#!/bin/sh\necho "outer $T_ONE $T_TWO"\ninner\n', 0o755);
    user.write(
      'tools/inner',
      '#!/bin/sh\necho "inner ${T_ONE-none} $T_TWO $PQX_PROFILE $PQX_GRANTED"\n',
      0o755,
    );
    expect(user.start('outer').stdout).toBe('outer value-one \ninner none value-two inner T_TWO\n');
  });

  test('a tool that starts itself again, by its name in the same process or as a child, works', () => {
    const user = ready(build, '  again: { command: again, env: { T_ONE: ONE } }\n', 'again');
    user.write(
      'tools/again',
      '#!/bin/sh\n[ "$1" = child ] && { echo "child $T_ONE"; exit 3; }\n[ "$1" = same ] && { again child; exec again child; }\nexec again same\n',
      0o755,
    );
    expect(user.start('again')).toMatchObject({
      status: 3,
      stdout: 'child value-one\nchild value-one\n',
      stderr: '',
    });
  });

  test("a version manager's own shims, of a version of its own and of the system's, work", () => {
    const user = ready(build, '  node: { command: vtool, env: { T_ONE: ONE } }\n', 'vtool');
    // As rbenv, pyenv and asdf do: the own version, or whatever PATH has besides the manager's directory.
    user.write(
      'manager/vtool',
      `#!/bin/bash
if [ -x "$MANAGED/vtool" ]; then exec "$MANAGED/vtool" "$@"; fi
IFS=: read -ra elements <<<"$PATH"
for element in "\${elements[@]}"; do
  [ "$element" = "${user.home}/manager" ] && continue
  [ -x "$element/vtool" ] && exec "$element/vtool" "$@"
done
exit 127
`,
      0o755,
    );
    user.write('versions/vtool', '#!/bin/sh\necho "managed $T_ONE"\n', 0o755);
    const runtime = build === 'node' ? `${join(root, 'node_modules', '.bin')}:` : '';
    const env = {
      PATH: `${user.shims}:${user.home}/manager:${user.bin}:${runtime}${user.env['PATH']}`,
    };
    expect(user.start('vtool', [], { env: { ...env, MANAGED: join(user.home, 'versions') } }).stdout).toBe(
      'managed value-one\n',
    );
    user.write('tools/vtool', '#!/bin/sh\necho "system $T_ONE"\n', 0o755);
    expect(user.start('vtool', [], { env: { ...env, MANAGED: '/nowhere' } }).stdout).toBe(
      'system value-one\n',
    );
    renameSync(join(user.bin, 'vtool'), join(user.bin, 'away'));
    const circle = user.start('vtool', [], { env: { ...env, MANAGED: '/nowhere' } });
    expect(circle).toMatchObject({ status: 125, stdout: '' });
    expect(circle.stderr).toContain('vtool starts itself again and again');
  });

  test('removal leaves nothing, and takes away only shims', () => {
    const user = ready(build, TOOL);
    const before = readdirSync(user.config).sort();
    user.ok(['shim', 'add', 'tool', 'other'], { build });
    expect(user.ok(['shim', 'list'], { build }).stdout).toMatch(/^other\ntool\n$/);
    user.ok(['shim', 'remove', 'other'], { build });
    expect(JSON.parse(user.ok(['shim', 'list', '--json'], { build }).stdout)).toMatchObject([
      { tool: 'tool', state: 'ok' },
    ]);
    user.ok(['shim', 'remove', 'tool'], { build });
    expect(readdirSync(user.config).sort()).toEqual(before);
    expect(user.pqx(['shim', 'remove', 'tool'], { build }).status).toBe(1);
    user.write('.config/pqc-secrets/shims/mine', '#!/bin/sh\n', 0o755);
    expect(user.pqx(['shim', 'add', 'mine'], { build }).status).toBe(1);
    expect(user.pqx(['shim', 'remove', 'mine'], { build }).status).toBe(1);
    expect(existsSync(join(user.shims, 'mine'))).toBe(true);
  });
});

test('shims of two installations pass over each other', () => {
  const user = ready('standalone', TOOL, 'tool');
  const second = join(user.home, 'second', 'shims');
  mkdirSync(second, { recursive: true, mode: 0o700 });
  symlinkSync(join(root, 'bin', 'pqx.mjs'), join(second, 'tool'));
  const env = { PATH: `${user.shims}:${second}:${user.bin}:${user.env['PATH']}` };
  expect(user.start('tool', ['run'], { env }).stdout).toContain('T_ONE=value-one');
});

test('an upgrade behind the name in PATH keeps shims working; a move is said, with what mends it', () => {
  const user = ready('standalone', TOOL);
  const versions = join(user.home, 'versions');
  for (const version of ['1', '2']) {
    mkdirSync(join(versions, version), { recursive: true });
    symlinkSync(join(root, 'bin', 'pqx'), join(versions, version, 'pqx'));
  }
  const local = join(user.home, 'local');
  mkdirSync(local);
  symlinkSync(join(versions, '1', 'pqx'), join(local, 'pqx'));
  const path = { PATH: `${user.shims}:${local}:${user.bin}:${user.env['PATH']}` };
  const add = () => user.start(join(versions, '1', 'pqx'), ['shim', 'add', 'tool'], { env: path });
  expect(add().status).toBe(0);
  expect(readlinkSync(join(user.shims, 'tool'))).toBe(join(local, 'pqx'));
  symlinkSync(join(versions, '2', 'pqx'), join(local, 'pqx.new'));
  renameSync(join(local, 'pqx.new'), join(local, 'pqx'));
  expect(user.start('tool', ['run'], { env: path }).stdout).toContain('T_ONE=value-one');

  renameSync(join(local, 'pqx'), join(local, 'elsewhere'));
  expect(user.ok(['shim', 'list']).stdout).toBe(
    `tool  leads to ${join(local, 'pqx')}, which is gone: pqx shim add tool   mends it\n`,
  );
  const doctor = user.pqx(['doctor'], { env: path });
  expect(doctor.status).toBe(1);
  expect(doctor.stdout).toMatch(
    /^wrong +shims +the shim tool leads to .* tool starts without pqx\n +hint: pqx shim add tool$/m,
  );
  user.ok(['shim', 'add', 'tool']);
  expect(user.start('tool', ['run']).stdout).toContain('T_ONE=value-one');
});

test('doctor says that the directory is not first in PATH, and that nothing is behind a shim', () => {
  const user = ready('standalone', TOOL, 'tool', 'no-such-tool');
  const notes = (PATH: string) =>
    user
      .ok(['doctor'], { env: { PATH } })
      .stdout.split('\n')
      .filter((line) => /^(note|ok) +shims/.test(line));
  expect(notes('/usr/bin:/bin')[0]).toContain('shims is not in PATH');
  expect(notes(`/usr/bin:${user.shims}:/bin`)[0]).toContain('not first in PATH');
  expect(notes(`${user.shims}:${user.bin}:/usr/bin`)).toEqual([
    expect.stringContaining('the shim no-such-tool has no program behind it in PATH'),
  ]);
  chmodSync(user.shims, 0o777);
  const unsafe = user.pqx(['doctor'], { env: { PATH: `${user.shims}:/usr/bin` } });
  expect(unsafe.status).toBe(1);
  expect(unsafe.stdout).toMatch(/^unsafe +shims +others can write the directory/m);
  chmodSync(user.shims, 0o700);
  user.ok(['shim', 'remove', 'no-such-tool']);
  expect(notes(`${user.shims}:${user.bin}:/usr/bin`)).toEqual([
    expect.stringMatching(/^ok .*1 shim, first in PATH/),
  ]);
});

test.each(['', '-x', '.x', '../x', 'a/b', 'a b', 'a;b', '$(x)', 'pqx', 'pqc-secrets', 'a\nb'])(
  'no shim is called %j',
  (name) => {
    const user = newUser();
    const result = user.pqx(['shim', 'add', '--', name]);
    expect(result.status).toBe(2);
    expect(existsSync(join(user.config, 'shims'))).toBe(false);
  },
);
