/**
 * What a launch loads and opens, exactly: start-up is what users feel, and every module and file on the way is there on
 * purpose. Whoever adds one adds it here, and says why it cannot wait (docs/ARCHITECTURE.md, The launch path).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findBun } from '../../src/build/build.ts';
import { BUILD_NAMES, BUILDS, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { putV1 } from '../support/v1.ts';
import { putBundle } from '../support/v2.ts';

const RECORDER = join(root, 'test', 'launch', 'path-recorder.ts');
const bun = findBun();

type Rooms = Readonly<Record<string, string>>;

const MODULES: Readonly<Record<'both' | 'bun' | 'node', Rooms>> = {
  both: {
    src: 'cli fault json listed main own-name quote words',
    bundle:
      'canonical escape faults fields limits names open payload read steering utc v1 v1-single v2-entries v2-explain v2-keys v2-open v2-read',
    commands: 'access again agent audit dispatch known launch nearby notices prepare profile-files shim-call',
    crypto: 'aead encoding hash kdf kem kem-sizes random wipe',
    identity: 'file-store forms json known',
    launch: 'clone container-client environment failure resolve start template template-filters',
    platform: 'bytes caller descriptors proc',
    profile:
      'arguments cache discover environment-policy files glob inherit match nearest plan plan-files template trust types',
    store: 'audit file-system find known-file paths read',
    terminal: 'report',
  },
  bun: {
    crypto: 'kem-native-bun native-bun',
    platform: 'errno ffi-bun hand-on-bun libc limits-bun proc-bun system-bun',
    profile: 'picomatch-bun',
  },
  node: {
    crypto: 'kem-native-node native-node',
    platform: 'environment-node executable-node limits-node system-node',
    profile: 'picomatch-node',
    runtime: 'node:crypto node:os node:path',
    packages: 'picomatch',
  },
};

function filesOf(rooms: Rooms): readonly string[] {
  return Object.entries(rooms).flatMap(([room, names]) =>
    names.split(' ').map((name) => {
      if (room === 'runtime' || room === 'packages') return name;
      return room === 'src' ? `src/${name}.ts` : `src/${room}/${name}.ts`;
    }),
  );
}

/** The files besides those of the config directory: how signals, and in Node limits, were handed down to this process. */
const SYSTEM_FILES = {
  standalone: ['/proc/PARENT/status'],
  // The runtime asks for the time zone with the first date. The target is looked at, since Node's exec would lose some.
  node: ['/etc/localtime', '/usr/bin/true', '/proc/self/limits', '/proc/PARENT/limits'],
};

async function ready(format: 'v1' | 'v2'): Promise<User> {
  const user = newUser();
  user.ok(['keygen']);
  const values = { KEY: 'value', OTHER: 'other' };
  await (format === 'v1' ? putV1(user, values) : putBundle(user, values));
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  t: { command: ["true", ~/tools/entry.ts], env: { T: KEY } }\n',
  );
  user.write('tools/entry.ts', `#!/bin/true\nimport '${RECORDER}';\n`, 0o755);
  return user;
}

/** What path-recorder.ts has written of a launch. */
function recorded(user: User, runtime: 'bun' | 'node'): readonly string[] {
  const record = join(user.home, 'record');
  spawnSync('rm', ['-f', record]);
  // The standalone takes its arguments from the kernel: in Bun, the file that is run is the COMMAND as well.
  const entry = join(user.home, 'tools', 'entry.ts');
  const command = runtime === 'bun' ? [bun ?? 'bun', entry] : [process.execPath, entry, 'true'];
  const { status, stderr } = spawnSync(command[0] ?? '', command.slice(1), {
    cwd: join(user.home, 'tools'),
    env: { ...user.env, PATH_RECORD: record },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readFileSync(record, 'utf8').trim().split('\n');
}

/** The modules that `src/main.ts` loads for a launch, as paths below the root or names of packages and of the runtime. */
function modulesLoaded(user: User, runtime: 'bun' | 'node'): readonly string[] {
  const lines = recorded(user, runtime).filter((line) => !line.startsWith('first use: '));
  const names = lines.map((line) => {
    const path = line.replace(/^file:\/\//, '');
    const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    return inPackage ?? path.replace(`${root}/`, '');
  });
  return [...new Set(names)].sort();
}

const RUNTIMES = bun === undefined ? (['node'] as const) : (['bun', 'node'] as const);

describe.each(RUNTIMES)('modules, in %s', (runtime) => {
  test.each(['v1', 'v2'] as const)(
    'a launch from a bundle of %s, whose profiles were read before',
    async (format) => {
      const user = await ready(format);
      user.ok(['true'], { cwd: join(user.home, 'tools') });
      expect(modulesLoaded(user, runtime)).toEqual(
        [...filesOf(MODULES.both), ...filesOf(MODULES[runtime])].sort(),
      );
    },
  );

  test('profiles that were not read before are parsed, and only then is the parser loaded', async () => {
    const loaded = modulesLoaded(await ready('v2'), runtime);
    expect(loaded).toContain('src/profile/parse.ts');
    expect(loaded).toContain('src/profile/cache-write.ts');
  });
});

test.skipIf(bun === undefined).each(['v1', 'v2'] as const)(
  'a launch from a bundle of %s uses nothing in Bun whose first use is dear',
  async (format) => {
    const user = await ready(format);
    user.ok(['true'], { cwd: join(user.home, 'tools') });
    expect(recorded(user, 'bun').filter((line) => line.startsWith('first use: '))).toEqual([]);
  },
);

test('on the standalone’s launch path no module of the runtime is loaded', () => {
  const specifiers = [...filesOf(MODULES.both), ...filesOf(MODULES.bun)].flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [
      ...text.matchAll(/^(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?'((?:node|bun):[^']+)'/gm),
    ].map((match) => match[1]);
  });
  expect(specifiers).toEqual([]);
});

/** As root alone: a launch that holds keys may not be looked into by its user's own tracer. */
const canTrace = process.getuid?.() === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** The paths that a program opens before it becomes another, in order, each once. */
function opened(user: User, command: readonly string[]): readonly string[] {
  const log = join(user.home, 'trace');
  const options = ['-f', '-q', '-e', 'trace=open,openat,execve', '-e', 'signal=none', '-o', log];
  const { status } = spawnSync('strace', [...options, ...command], {
    cwd: join(user.home, 'tools'),
    env: user.env,
    timeout: 60_000,
  });
  expect(status).toBe(0);
  const lines = readFileSync(log, 'utf8').split('\n');
  const target = lines.findIndex((line) => /execve\("\/(usr\/)?bin\/true"/.test(line));
  const paths = lines
    .slice(0, target < 0 ? undefined : target)
    .flatMap((line) => /\bopen(?:at)?\((?:AT_FDCWD, )?"([^"]*)"/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].map((path) =>
    path
      .replace(user.config, '~')
      .replace(/[0-9a-f]{32}\.json$/, 'HASH.json')
      .replace(/^\/proc\/\d+\//, '/proc/PARENT/'),
  );
}

describe.skipIf(!canTrace).each(BUILD_NAMES)('files that the %s opens (root, strace)', (build) => {
  test.each<['v1' | 'v2', readonly string[]]>([
    [
      'v1',
      [
        '~/profiles.yaml',
        '~/cache/HASH.json',
        '~/secrets.bundle.json',
        '~/private.key.enc',
        '~/machine.kek',
        // Is not there.
        '~/known.json',
        '~/audit.jsonl',
      ],
    ],
    [
      'v2',
      [
        '~/profiles.yaml',
        '~/cache/HASH.json',
        '~/secrets.bundle.json',
        '~/private.key.enc',
        '~/machine.kek',
        '~/known.json',
        '~/audit.jsonl',
      ],
    ],
  ])('a launch from a bundle of %s, besides those of `pqx version`', async (format, own) => {
    const user = await ready(format);
    user.ok(['true'], { build, cwd: join(user.home, 'tools') });
    const ofAnyWord = opened(user, [...BUILDS[build], 'version']);
    const ofLaunch = opened(user, [...BUILDS[build], 'true']).filter((path) => !ofAnyWord.includes(path));
    expect(ofLaunch.filter((path) => path.startsWith('~'))).toEqual(own);
    // What the runtime asks of the machine, on threads of its own, is not always the same.
    const others = ofLaunch.filter((path) => !path.startsWith('~') && !path.startsWith('/sys/'));
    expect(others).toEqual(SYSTEM_FILES[build]);
  });
});
