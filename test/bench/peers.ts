/** Other launchers, as far as they are here and run without an account: each holds three secrets and starts `/bin/true`. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../support/programs.ts';
import { FLOOR, type Row } from './rows.ts';

const SECRETS = 'A=1\nB=2\nC=3\n';
/** They ask a service or a keychain, so what they take is not theirs alone. */
const NOT_ALONE = ['op', 'chamber', 'envchain', 'fnox', 'secretspec'];

interface Place {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Peer {
  readonly tool: string;
  readonly says: string;
  /** The command and what it needs; undefined when the tool did not take what it was given. */
  prepare(place: Place): Pick<Row, 'command' | 'env'> | undefined;
}

const PEERS: readonly Peer[] = [
  {
    tool: 'dotenvx',
    says: 'dotenvx run (decrypts)',
    prepare: ({ home, env }) => {
      const file = join(home, '.env');
      writeFileSync(file, SECRETS);
      return worked('dotenvx', ['encrypt', '-f', file], home, env)
        ? { command: ['dotenvx', 'run', '--quiet', '-f', file, '--', '/bin/true'] }
        : undefined;
    },
  },
  {
    tool: 'varlock',
    says: 'varlock run',
    prepare: ({ home }) => {
      writeFileSync(join(home, '.env.schema'), SECRETS);
      return { command: ['varlock', 'run', '--path', home, '--', '/bin/true'] };
    },
  },
  {
    tool: 'sops',
    says: 'sops exec-env (decrypts, age)',
    prepare: ({ home, env }) => {
      const [plain, sealed, key] = ['plain.env', 'sealed.env', 'age.txt'].map((name) => join(home, name));
      if (plain === undefined || sealed === undefined || key === undefined) return undefined;
      writeFileSync(plain, SECRETS);
      if (!worked('age-keygen', ['-o', key], home, env)) return undefined;
      const recipient = /age1[0-9a-z]+/.exec(readFileSync(key, 'utf8'))?.[0] ?? '';
      const made = worked('sops', ['--encrypt', '--age', recipient, '--output', sealed, plain], home, env);
      return made
        ? { command: ['sops', 'exec-env', sealed, '/bin/true'], env: { SOPS_AGE_KEY_FILE: key } }
        : undefined;
    },
  },
  {
    tool: 'aws-vault',
    says: 'aws-vault exec (decrypts, file)',
    prepare: ({ home, env }) => {
      const own = { AWS_VAULT_BACKEND: 'file', AWS_VAULT_FILE_PASSPHRASE: 'x' };
      const keys = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B' };
      return worked('aws-vault', ['add', '--env', 'bench'], home, { ...env, ...own, ...keys })
        ? { command: ['aws-vault', 'exec', '--no-session', 'bench', '--', '/bin/true'], env: own }
        : undefined;
    },
  },
];

export function peerRows(scratch: string): {
  readonly rows: readonly Row[];
  readonly absent: readonly string[];
} {
  const rows: Row[] = [];
  const absent: string[] = [];
  for (const peer of PEERS) {
    const home = join(scratch, `peer-${peer.tool}`);
    mkdirSync(home);
    const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    const env = { HOME: home, PATH: path, DO_NOT_TRACK: '1', VARLOCK_TELEMETRY_DISABLED: '1' };
    const program = find(peer.tool, path);
    const prepared = program === undefined ? undefined : peer.prepare({ home, env });
    if (program === undefined) absent.push(peer.tool);
    else if (prepared === undefined) absent.push(`${peer.tool} (it did not take what it was given)`);
    else {
      const { command, env: more } = prepared;
      rows.push({
        name: peer.says,
        command: [program, ...command.slice(1)],
        env: { ...env, ...more },
        cwd: home,
        against: FLOOR,
      });
    }
  }
  return {
    rows,
    absent: [...absent, ...NOT_ALONE.map((tool) => `${tool} (needs an account or a keychain)`)],
  };
}

function worked(
  tool: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): boolean {
  return spawnSync(tool, args, { cwd, env, stdio: 'ignore', timeout: 60_000 }).status === 0;
}

function find(tool: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, tool))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
