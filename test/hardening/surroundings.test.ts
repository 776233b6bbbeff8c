/**
 * What lies about and is meant for the runtime runs nothing in pqx, in words and launches, and the target finds the
 * variables as they are. In the Node build that is so for files; variables are obeyed by Node before pqx runs
 * (THREAT-MODEL).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { startPqx } from '../support/watch.ts';

const PROFILES = `version: 1
profiles:
  env: { command: env, env: { A: A } }
  masked: { command: dash, env: { A: A }, mask: true }
  filed: { command: bash, files: { F: { template: "{{ A }}", env: F } } }
`;
const compiler = spawnSync('cc', ['--version']).status === 0;

interface Trapped {
  readonly user: User;
  readonly env: Readonly<Record<string, string>>;
  /** What has run, one line each time. */
  ran(): string;
}

/** A home, which is the working directory too, full of what runs code in a careless runtime. */
function trapped(build: Build): Trapped {
  const user = newUser();
  user.ok(['keygen'], { build });
  user.ok(['pack'], { build, input: 'A=a1\n' });
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  const marker = join(user.home, 'ran');
  const code = (from: string) =>
    `require('fs').appendFileSync(${JSON.stringify(marker)}, ${JSON.stringify(`${from}\n`)});\n`;
  const evil = (from: string) => user.write(`evil/${from.replace('/', '-')}.cjs`, code(from));
  user.write('bunfig.toml', `preload = [${JSON.stringify(evil('bunfig'))}]\n[run]\nbun = true\n`);
  user.write(
    '.env',
    `NODE_OPTIONS=--require=${evil('dotenv')}\nPQX_IDENTITY=of-the-directory\nFROM_DOTENV=1\n`,
  );
  const replaced = Object.fromEntries(
    ['#system', '#native', 'node:fs', 'bun:ffi', 'yaml'].map((name) => [name, [evil(name)]]),
  );
  user.write('tsconfig.json', JSON.stringify({ compilerOptions: { baseUrl: '.', paths: replaced } }));
  const imports = Object.fromEntries(
    Object.entries(replaced).flatMap(([name, [file]]) => (name.startsWith('#') ? [[name, file]] : [])),
  );
  user.write('package.json', JSON.stringify({ type: 'commonjs', main: evil('main'), imports }));
  user.write('node_modules/yaml/index.js', code('node_modules'));
  return {
    user,
    env: {
      BUN_OPTIONS: `--preload ${evil('BUN_OPTIONS')}`,
      BUN_BE_BUN: '1',
      BUN_INSPECT: '127.0.0.1:0',
      BUN_INSPECT_PRELOAD: evil('BUN_INSPECT_PRELOAD'),
      BUN_INSPECT_NOTIFY: join(user.home, 'notify'),
      NODE_OPTIONS: `--require ${evil('NODE_OPTIONS')}`,
      NODE_V8_COVERAGE: join(user.home, 'coverage'),
    },
    ran: () => (existsSync(marker) ? readFileSync(marker, 'utf8') : ''),
  };
}

/** Words, a launch by exec, and two that wait; each is expected to end well. */
function useAll({ user, env }: Trapped, build: Build): void {
  user.ok(['set', 'B'], { build, env, input: 'b1' });
  expect(user.ok(['get', 'B'], { build, env }).stdout).toBe('b1');
  user.ok(['verify'], { build, env });
  user.ok(['explain', 'env'], { build, env });
  const printed = user.ok(['env'], { build, env }).stdout;
  expect(printed).toContain('A=a1\n');
  expect(printed).not.toContain('FROM_DOTENV');
  for (const [name, value] of Object.entries(env)) expect(`\n${printed}`).toContain(`\n${name}=${value}\n`);
  for (const shell of ['dash', 'bash']) {
    const waited = user.ok([shell, '-c', 'env'], { build, env }).stdout;
    for (const [name, value] of Object.entries(env)) expect(`\n${waited}`).toContain(`\n${name}=${value}\n`);
  }
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('files of the working directory', () => {
    const place = { ...trapped(build), env: {} };
    useAll(place, build);
    expect(place.ran()).toBe('');
  });

  test('nothing of pqx is in a shared temporary directory, at any time', async () => {
    const { user } = trapped(build);
    const shared = join(user.home, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const appeared: string[] = [];
    const last = new Promise<void>((resolve) => {
      const watcher = watch(shared, (_, name) => {
        if (name !== 'last') return void appeared.push(name ?? '?');
        watcher.close();
        resolve();
      });
    });
    const env = {
      TMPDIR: shared,
      TMP: shared,
      TEMP: shared,
      BUN_TMPDIR: shared,
      PQX_PASSPHRASE_FILE: user.write('passphrase', 'made up'),
    };
    const lines: readonly (readonly [readonly string[], string?])[] = [
      [['set', 'C'], 'c1'],
      [['get', 'A']],
      [['verify']],
      [['doctor']],
      [['identity', '--to', 'passphrase']],
      [['env']],
      [['dash', '-c', 'echo $A']],
      [['bash', '-c', 'cat "$F"; : >"$TMPDIR/of-the-target"; rm "$TMPDIR/of-the-target"']],
      [['identity', '--to', 'file']],
      [['rotate']],
      [['list']],
      [['explain', 'env']],
    ];
    for (const [args, input = ''] of lines) {
      const { status, stderr } = await startPqx(user, args, { build, env, input });
      expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
    }
    // Events come in the order of what happened.
    writeFileSync(join(shared, 'last'), '');
    await last;
    expect(new Set(appeared)).toEqual(new Set(['of-the-target']));
  });
});

test('variables that a runtime obeys, in the standalone: they run nothing and reach the target', () => {
  const place = trapped('standalone');
  useAll(place, 'standalone');
  expect(place.ran()).toBe('');
  expect(existsSync(place.env['NODE_V8_COVERAGE'] ?? '')).toBe(false);
});

test('an option of the engine that takes the way to the C library away is named', () => {
  const { status, stderr } = trapped('standalone').user.pqx(['env'], { env: { BUN_JSC_useJIT: '0' } });
  expect(status).toBe(125);
  expect(stderr).toBe(
    'pqx: the runtime cannot call the C library here, since BUN_JSC_useJIT is set\n  hint: env -u BUN_JSC_useJIT pqx COMMAND\n',
  );
});

test('the traps catch a runtime that obeys', () => {
  const { user, env, ran } = trapped('standalone');
  const script = user.write('script.cjs', '');
  spawnSync(process.execPath, [script], {
    cwd: user.home,
    env: { ...user.env, NODE_OPTIONS: env['NODE_OPTIONS'] },
  });
  expect(ran()).toBe('NODE_OPTIONS\n');
});

test.skipIf(!compiler)('OPENSSL_CONF loads nothing into the standalone (needs gcc)', () => {
  const { user } = trapped('standalone');
  const marker = join(user.home, 'loaded');
  const source = user.write(
    'module.c',
    `#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { open(${JSON.stringify(marker)}, O_CREAT | O_WRONLY, 0600); }\n`,
  );
  const library = join(user.home, 'module.so');
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  const conf = user.write(
    'openssl.cnf',
    `openssl_conf = all\nnodejs_conf = all\n[all]\nproviders = providers\n[providers]\nevil = evil\n[evil]\nmodule = ${library}\nactivate = 1\n`,
  );
  const env = { OPENSSL_CONF: conf };
  useAll({ user, env, ran: () => '' }, 'standalone');
  expect(existsSync(marker)).toBe(false);
  // A program with OpenSSL in it obeys; so does Node, before pqx runs.
  user.pqx(['get', 'A'], { build: 'node', env });
  expect(existsSync(marker)).toBe(true);
  rmSync(marker);
});
