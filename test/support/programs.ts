/** Starts the built programs as a user would, from a throw-away home. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The Node that the Node build runs on: with NODE_OF_BUILD another one than that of the tests, as the oldest that is taken. */
const node = process.env['NODE_OF_BUILD'] ?? process.execPath;

/** The two builds, and how each is started. */
export const BUILDS = {
  standalone: [join(root, 'bin', 'pqx')],
  node: [node, join(root, 'bin', 'pqx.mjs')],
} as const satisfies Record<string, readonly string[]>;
export type Build = keyof typeof BUILDS;
export const BUILD_NAMES: readonly Build[] = ['standalone', 'node'];

export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly build?: Build;
}

/** A user: an empty home with a config directory in it, gone when the test ends. */
export interface User {
  readonly home: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs pqx. */
  pqx(args: readonly string[], options?: Options): Result;
  /** Runs pqx and expects status 0. */
  ok(args: readonly string[], options?: Options): Result;
  /** Runs a line of shell in which `pqx` and `pqc-secrets` are found. */
  shell(line: string, options?: Options & { readonly shell?: string }): Result;
  /** Writes a file below the home and returns its path. */
  write(path: string, text: string | Uint8Array, mode?: number): string;
}

/** A user whose home is a directory that the caller made and removes. */
export function userIn(home: string): User {
  const config = join(home, '.config', 'pqc-secrets');
  const env = { HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', PQC_CONFIG_DIR: config };
  const pqx = (args: readonly string[], options: Options = {}) => {
    const [program, ...first] = BUILDS[options.build ?? 'standalone'];
    return start(program, [...first, ...args], {
      ...options,
      env: { ...env, ...options.env },
      cwd: options.cwd ?? home,
    });
  };
  return {
    home,
    config,
    env,
    pqx,
    ok(args, options) {
      const result = pqx(args, options);
      if (result.status !== 0)
        throw new Error(
          `pqx ${args.join(' ')} ended with ${result.status ?? result.signal}: ${result.stderr}`,
        );
      return result;
    },
    shell(line, options = {}) {
      const bin = binaries(home, options.build ?? 'standalone');
      const path = `${bin}:${options.env?.['PATH'] ?? env.PATH}`;
      return start(options.shell ?? 'bash', ['-c', line], {
        ...options,
        env: { ...env, ...options.env, PATH: path },
        cwd: options.cwd ?? home,
      });
    },
    write(path, text, mode = 0o600) {
      const target = join(home, path);
      mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(target, text, { mode });
      return target;
    },
  };
}

/** A directory in which `pqx` and `pqc-secrets` start the given build. */
function binaries(home: string, build: Build): string {
  const directory = join(home, `.bin-${build}`);
  mkdirSync(directory, { recursive: true });
  for (const name of ['pqx', 'pqc-secrets']) {
    const command =
      build === 'standalone'
        ? join(root, 'bin', name)
        : `${BUILDS.node.map((part) => `'${part}'`).join(' ')}`;
    writeFileSync(join(directory, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }
  return directory;
}

function start(program: string, args: readonly string[], options: Options): Result {
  const result = spawnSync(program, args, {
    env: { ...options.env },
    input: options.input ?? '',
    maxBuffer: 256 * 1024 * 1024,
    // vitest cannot stop a test that waits here: a program that hangs is a failure of its test, not of the whole run.
    timeout: 100_000,
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (result.error !== undefined) throw result.error;
  return {
    status: result.status,
    signal: result.signal,
    stdout: result.stdout.toString('utf8'),
    stderr: result.stderr.toString('utf8'),
    bytes: result.stdout,
  };
}
