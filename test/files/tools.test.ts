/** Config files of profiles.example.yaml's kinds, read by the real tools; where they log in, by a real server. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILDS } from '../support/programs.ts';
import { eventually, HAS_MEMORY, newPlace, type Place } from './place.ts';

/** Everything that one of the formats gives a meaning to, but for several lines. */
const HARD = 'p:a\\s"s\'w#o;r=d {{ PG }} %41 &$HOME `x` é';

const find = (line: string) =>
  spawnSync('bash', ['-c', line], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1) ?? '';
const postgres = find('ls -d /usr/lib/postgresql/*/bin 2>/dev/null');
const without = (package_: string, found: boolean) => (found && HAS_MEMORY ? '' : ` (lacking: ${package_})`);
const has = (program: string) => find(`command -v ${program}`) !== '';

/** Without blocking: the server is in this process. */
function launch(place: Place, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return new Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const child = spawn(BUILDS.standalone[0], args, {
        env: { ...place.env, ...env },
        cwd: place.user.home,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      child.once('close', (status) => resolve({ status, stdout, stderr }));
    },
  );
}

/** A server that knows whoever shows this `Authorization`. */
async function serverFor(authorization: string, body: string): Promise<number> {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === authorization;
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(known ? body : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function placeWith(value: string, profile: string): Place {
  const place = newPlace(`version: 1\nprofiles:\n  t:\n${profile.replace(/^/gm, '    ')}\n`);
  place.user.ok(['set', 'HARD', '--exact'], { input: value });
  return place;
}

describe('psql', () => {
  test.skipIf(postgres === '' || !HAS_MEMORY)(
    `logs in to a real server by .pgpass${without('postgresql', postgres !== '')}`,
    async () => {
      const { port, user } = await startPostgres(HARD);
      const place = placeWith(
        HARD,
        `files: { pgpass: { template: "127.0.0.1:${port}:*:${user}:{{ HARD | pgpass }}\\n", env: PGPASSFILE } }`,
      );
      const line = [
        'psql',
        '-w',
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        user,
        '-Atc',
        'select 6*7',
        'postgres',
      ];
      expect(await launch(place, ['-p', 't', ...line])).toEqual({ status: 0, stdout: '42\n', stderr: '' });
      // The server asks indeed.
      place.user.ok(['set', 'HARD', '--exact'], { input: 'wrong' });
      expect((await launch(place, ['-p', 't', ...line])).stderr).toContain('password authentication failed');
    },
  );
});

describe('npm', () => {
  test.skipIf(!has('npm') || !HAS_MEMORY)(
    `shows the token of .npmrc${without('npm', has('npm'))}`,
    async () => {
      const token = 'n;p#m="t=o k\\e\'n';
      const port = await serverFor(`Bearer ${token}`, '{"username":"me"}');
      const place = placeWith(
        token,
        `files: { .npmrc: { template: "registry=http://127.0.0.1:${port}/\\n//127.0.0.1:${port}/:_authToken={{ HARD | ini }}\\n", env: NPM_CONFIG_USERCONFIG } }`,
      );
      const result = await launch(place, ['-p', 't', 'npm', 'whoami'], { PATH: process.env['PATH'] ?? '' });
      expect(result.stdout).toBe('me\n');
    },
  );
});

describe('curl', () => {
  test.skipIf(!has('curl') || !HAS_MEMORY)(`logs in by netrc${without('curl', has('curl'))}`, async () => {
    const port = await serverFor(`Basic ${Buffer.from(`me:${HARD}`).toString('base64')}`, 'hello');
    const place = placeWith(
      HARD,
      `files: { netrc: { template: "machine 127.0.0.1 login me password {{ HARD | netrc }}\\n" } }\nprepend: [--silent, --fail, --netrc-file, "{{ file.netrc }}"]`,
    );
    expect(await launch(place, ['-p', 't', 'curl', `http://127.0.0.1:${port}/`])).toEqual({
      status: 0,
      stdout: 'hello',
      stderr: '',
    });
  });
});

describe('ssh-add', () => {
  test.skipIf(!has('ssh-agent') || !HAS_MEMORY)(
    `takes a private key from \`content\`${without('openssh-client', has('ssh-agent'))}`,
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'pqx-ssh-'));
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      execFileSync('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-C',
        'of-the-test',
        '-f',
        `${directory}/key`,
      ]);
      const agent = spawn('ssh-agent', ['-D', '-a', `${directory}/agent`], { stdio: 'ignore' });
      onTestFinished(() => void agent.kill());
      const place = placeWith(
        readFileSync(`${directory}/key`, 'utf8'),
        'files: { id: { content: { key: HARD } } }\nappend: ["{{ file.id }}"]',
      );
      const env = { SSH_AUTH_SOCK: `${directory}/agent` };
      const list = () => spawnSync('ssh-add', ['-l'], { env: { ...process.env, ...env }, encoding: 'utf8' });
      await eventually('the agent listens', () => list().status === 1);
      expect((await launch(place, ['-p', 't', 'ssh-add', '-q'], env)).status).toBe(0);
      expect(list().stdout).toContain(' of-the-test (ED25519)');
    },
  );
});

/** A server of this user's own, or of `nobody` where this user is root, which it refuses to be. */
async function startPostgres(password: string): Promise<{ readonly port: number; readonly user: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'pqx-pg-'));
  const root = process.getuid?.() === 0;
  if (root) chownSync(directory, 65534, 65534);
  chmodSync(directory, 0o700);
  const port = await freePort();
  writeFileSync(`${directory}/password`, `${password}\n`, { mode: 0o644 });
  const drop = root ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
  const [program = '', ...first] = drop;
  const initdb = [
    `${postgres}/initdb`,
    '-D',
    `${directory}/data`,
    '-U',
    'app',
    '--auth=scram-sha-256',
    `--pwfile=${directory}/password`,
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C',
  ];
  execFileSync(program, [...first, ...initdb], { stdio: 'ignore', cwd: directory });
  const server = spawn(
    program,
    [
      ...first,
      `${postgres}/postgres`,
      '-D',
      `${directory}/data`,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-k',
      directory,
      '-F',
    ],
    { stdio: 'ignore', cwd: directory },
  );
  onTestFinished(async () => {
    server.kill('SIGINT');
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(directory, { recursive: true, force: true });
  });
  await eventually(
    'the server is ready',
    () => spawnSync(`${postgres}/pg_isready`, ['-h', '127.0.0.1', '-p', String(port)]).status === 0,
  );
  return { port, user: 'app' };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
