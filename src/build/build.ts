/**
 * Makes both builds from one source (`npm run build`, and `npm ci` through `prepare`):
 * - `bin/pqx`, the standalone executable, and its link `bin/pqc-secrets`;
 * - `dist/pqx.mjs` for Node, which the tracked `bin/pqx.mjs` starts, and beside it what a launch does not need.
 * Where Bun has no build for the platform, `bin/pqx` is a Node script that does the same as `bin/pqx.mjs`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeBuiltinsDirectly } from './builtins.ts';
import { DISABLED_VARIABLES, hardenRuntime } from './harden.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = join(root, '.pqx-build');

/**
 * Compiles `entry` into a standalone executable. Nothing in the directory that it is later started in is read:
 * no `.env`, no `bunfig.toml`, no `tsconfig.json`, no `package.json` (THREAT-MODEL, working directory).
 */
export function compileStandalone(bun: string, entry: string, outfile: string): void {
  execFileSync(
    bun,
    [
      'build',
      '--compile',
      '--bytecode',
      '--format=esm',
      '--splitting',
      // A launch is over before compiled code pays; compiling it on other threads costs a fifth of its time.
      '--compile-jit-policy=10',
      '--minify',
      '--keep-names',
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      '--no-compile-autoload-tsconfig',
      '--no-compile-autoload-package-json',
      '--reject-unresolved',
      `--compile-executable-path=${hardenedRuntime(bun)}`,
      `--define=PQX_VERSION=${JSON.stringify(packageVersion())}`,
      `--outfile=${outfile}`,
      entry,
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

/**
 * The path of the Bun that npm brought for this platform, or undefined. Its postinstall step, which moves the executable
 * from the platform's package into its own, may have run or not.
 */
export function findBun(): string | undefined {
  const system = process.platform === 'darwin' ? 'darwin' : 'linux';
  const machine = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const modules = join(root, 'node_modules');
  const places = [
    join(modules, '@oven', `bun-${system}-${machine}`, 'bin', 'bun'),
    join(modules, 'bun', 'bin', 'bun.exe'),
  ];
  return places.find(
    (place) => existsSync(place) && spawnSync(place, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return manifest.version;
}

/** A copy of the runtime that reacts to none of the variables which would run other code in it; made once. */
function hardenedRuntime(bun: string): string {
  const version = execFileSync(bun, ['--version'], { encoding: 'utf8' }).trim();
  const path = join(
    scratch,
    `runtime-${version}-${hash('sha3-256', DISABLED_VARIABLES.join()).slice(0, 16)}`,
  );
  if (existsSync(path)) return path;
  mkdirSync(scratch, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, hardenRuntime(readFileSync(bun)));
  chmodSync(fresh, 0o755);
  renameSync(fresh, path);
  return path;
}

function buildStandalone(): void {
  const bun = findBun();
  const target = join(root, 'bin', 'pqx');
  rmSync(target, { force: true });
  if (bun === undefined) {
    writeFileSync(target, "#!/usr/bin/env node\nimport('./pqx.mjs');\n", { mode: 0o755 });
  } else {
    const fresh = join(scratch, `pqx.${process.pid}`);
    compileStandalone(bun, join(root, 'src', 'main.ts'), fresh);
    renameSync(fresh, target);
  }
  const link = join(root, 'bin', 'pqc-secrets');
  rmSync(link, { force: true });
  symlinkSync('pqx', link);
}

/** `imports` conditions: bundling for Node takes the Node files of `#native` and `#system`. */
function buildNode(): void {
  const bun = findBun();
  if (bun === undefined) {
    throw new Error('the Node build is bundled by Bun, which npm has not installed for this platform');
  }
  const outdir = join(scratch, `dist.${process.pid}`);
  execFileSync(
    bun,
    [
      'build',
      '--target=node',
      '--format=esm',
      '--splitting',
      '--minify',
      '--keep-names',
      `--define=PQX_VERSION=${JSON.stringify(packageVersion())}`,
      `--outdir=${outdir}`,
      '--entry-naming=pqx.mjs',
      join(root, 'src', 'main.ts'),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (const name of readdirSync(outdir)) {
    const file = join(outdir, name);
    writeFileSync(file, takeBuiltinsDirectly(readFileSync(file, 'utf8')));
  }
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(outdir, join(root, 'dist'));
}

/**
 * The native part of the keychain's library, beside both builds: a standalone that held it would lay it into the shared
 * temporary directory and load it from there (THREAT-MODEL, keychain). None where npm has brought none for the platform.
 */
function copyKeyring(): void {
  const from = join(root, 'node_modules', '@napi-rs');
  const target = join(root, 'bin', 'keyring.node');
  rmSync(target, { force: true });
  const names = ['', '-gnu', '-musl'].map((end) => `${process.platform}-${process.arch}${end}`);
  const found = names.map((name) => join(from, `keyring-${name}`, `keyring.${name}.node`)).find(existsSync);
  if (found === undefined) return;
  const fresh = join(scratch, `keyring.${process.pid}`);
  copyFileSync(found, fresh);
  chmodSync(fresh, 0o644);
  renameSync(fresh, target);
  // Code is loaded only from where others cannot write.
  chmodSync(join(root, 'bin'), 0o755);
}

if (import.meta.main) {
  mkdirSync(scratch, { recursive: true });
  copyKeyring();
  buildNode();
  buildStandalone();
}
