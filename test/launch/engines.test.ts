/**
 * Containers in real engines: the variable arrives in the container, and its value stands in no argument of any process.
 * Needs root, and the packages of Debian that a skipped test names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canStart, type Engine, filesHolding, IMAGE, neededFor, startEngine } from '../support/engine.ts';
import { BUILD_NAMES, BUILDS, type Options, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { startPqx, watchArguments } from '../support/watch.ts';

const CANARY = 'canary-7f3a91c2e5';
const PEM = `-----BEGIN KEY-----\n${CANARY} ä€😀 "quoted" $x\\n\n-----END KEY-----\n`;

const PROFILES = `version: 1
profiles:
  mounted:
    env: { ONE: ONE, PEM: PEM, PLAIN: { value: plain }, URL: { template: "https://u:{{ ONE | url }}@h" } }
    container: files
  engine:
    command: [docker, podman, docker-compose]
    args: ["run **", "create **", "exec **", "container **", "compose **"]
    env:
      ONE: ONE
      PEM: PEM
      PLAIN: { value: plain }
      URL: { template: "https://u:{{ ONE | url }}@h" }
`;

interface Ready extends User {
  pqx(args: readonly string[], options?: Options): ReturnType<User['pqx']>;
}

function ready(engine: Engine): Ready {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: `ONE=${CANARY}-one\n` });
  user.ok(['set', 'PEM'], { input: PEM });
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  const withEngine = (options: Options = {}) => ({ ...options, env: { ...engine.env, ...options.env } });
  return {
    ...user,
    env: { ...user.env, ...engine.env },
    pqx: (args, options) => user.pqx(args, withEngine(options)),
    ok: (args, options) => user.ok(args, withEngine(options)),
  };
}

describe.each(['docker', 'podman'] as const)('%s', (client) => {
  const isHere = canStart(client);
  const needs = ` (needs ${neededFor(client)})`;
  const real = test.skipIf(!isHere);
  let engine: Engine;

  beforeAll(async () => {
    if (isHere) engine = await startEngine(client);
  });
  afterAll(() => engine?.stop());

  const inEngine = () => [client, 'run', '--rm', ...engine.run];
  const direct = (...args: readonly string[]) =>
    spawnSync(client, args, { encoding: 'utf8', env: { ...process.env, ...engine.env } });

  /** Its first process is `sleep`, which takes no notice of SIGTERM. */
  const end = (id: string) => [direct('kill', id), direct('rm', '-f', id)];

  real.each(BUILD_NAMES)(`%s: the container sees what is granted, byte for byte${needs}`, (build) => {
    const user = ready(engine);
    const one = `\n${user.ok([...inEngine(), IMAGE, 'env'], { build }).stdout}`;
    expect(one).toContain(`\nONE=${CANARY}-one\n`);
    expect(one).toContain('\nPLAIN=plain\n');
    expect(one).toContain(`\nURL=https://u:${CANARY}-one@h\n`);
    expect(one).not.toMatch(/^PQX_/m);
    const pem = user.ok([...inEngine(), IMAGE, 'sh', '-c', 'printf %s "$PEM"'], { build }).stdout;
    expect(pem).toBe(PEM);
  });

  real(`its value stands in no argument of any process, at any time${needs}`, async () => {
    const user = ready(engine);
    const stop = watchArguments();
    const result = await startPqx(user, [...inEngine(), IMAGE, 'sh', '-c', 'sleep 0.3; printenv ONE']);
    expect(result).toMatchObject({ status: 0, stdout: `${CANARY}-one\n` });
    expect(stop(CANARY)).toEqual([]);
  });

  real(`the watch does see a value in an argument${needs}`, async () => {
    const stop = watchArguments();
    const child = spawn('sleep', ['0.3', `0.${'0'.repeat(8)}`], { argv0: CANARY, stdio: 'ignore' });
    await new Promise((resolve) => child.once('close', resolve));
    expect(stop(CANARY)).toHaveLength(1);
  });

  real(`the user's own -e wins, and an --env-file beside ours does not${needs}`, () => {
    const user = ready(engine);
    const file = user.write('env-file', 'ONE=of-the-file\nFROM_FILE=yes\n');
    const own = user.ok([...inEngine(), '-e', 'ONE=mine', IMAGE, 'printenv', 'ONE']).stdout;
    expect(own).toBe('mine\n');
    const beside = user.ok([
      ...inEngine(),
      '--env-file',
      file,
      IMAGE,
      'sh',
      '-c',
      'echo $ONE $FROM_FILE',
    ]).stdout;
    expect(beside).toBe(`${CANARY}-one yes\n`);
  });

  real(`what stands behind the image is the container's, and its status is pqx's${needs}`, () => {
    const user = ready(engine);
    const behind = user.ok([...inEngine(), IMAGE, 'sh', '-c', 'echo "$@"', 'sh', 'run', '-e', 'X']).stdout;
    expect(behind).toBe('run -e X\n');
    expect(user.pqx([...inEngine(), IMAGE, 'sh', '-c', 'exit 42']).status).toBe(42);
    expect(user.pqx([...inEngine(), IMAGE, 'no-such-program']).status).toBe(127);
  });

  real(`-d --rm, exec into it, and create with start${needs}`, async () => {
    const user = ready(engine);
    const id = user.ok([client, 'run', '-d', '--rm', ...engine.run, IMAGE, 'sleep', '60']).stdout.trim();
    onTestFinished(() => void end(id));
    expect(user.ok([client, 'exec', id, 'printenv', 'ONE']).stdout).toBe(`${CANARY}-one\n`);
    expect(user.ok([client, 'container', 'exec', '-e', 'ONE=mine', id, 'printenv', 'ONE']).stdout).toBe(
      'mine\n',
    );
    expect(direct('exec', id, 'sh', '-c', 'tr "\\0" "\\n" </proc/1/environ').stdout).toContain(
      `ONE=${CANARY}-one`,
    );
    const created = user.ok([client, 'create', ...engine.run, IMAGE, 'printenv', 'ONE']).stdout.trim();
    onTestFinished(() => void end(created));
    expect(direct('start', '-a', created).stdout).toBe(`${CANARY}-one\n`);
  });

  real(`-it on a terminal, and Ctrl-C there reaches the container${needs}`, async () => {
    const user = ready(engine);
    const script =
      'trap "echo interrupted; exit 5" INT; tty=$( [ -t 0 ] && echo terminal ); echo "$tty $ONE ready"; while :; do sleep 0.1; done';
    const terminal = spawnTerminal(
      BUILDS.standalone[0],
      [client, 'run', '-it', '--rm', ...engine.run, IMAGE, 'sh', '-c', script],
      { env: { ...user.env, TERM: 'xterm' }, cwd: user.home },
    );
    let screen = '';
    terminal.onData((chunk) => {
      screen += chunk;
      if (chunk.includes('ready')) terminal.write('\x03');
    });
    const { exitCode } = await new Promise<{ exitCode: number }>((resolve) => terminal.onExit(resolve));
    expect(screen).toContain(`terminal ${CANARY}-one ready`);
    expect(screen).toContain('interrupted');
    expect(exitCode).toBe(5);
  });

  real(`Ctrl-C without a terminal of the container's ends it as it does without pqx${needs}`, async () => {
    const user = ready(engine);
    const script = 'trap "echo interrupted; exit 6" INT; echo ready; while :; do sleep 0.1; done';
    const running = startPqx(user, [...inEngine(), IMAGE, 'sh', '-c', script]);
    await new Promise<void>((resolve) => running.child.stdout?.once('data', () => resolve()));
    running.child.kill('SIGINT');
    expect(await running).toMatchObject({ status: 6, stdout: 'ready\ninterrupted\n' });
  });

  real(`--user 1000 sees it too${needs}`, () => {
    const user = ready(engine);
    const line = 'id -u; printenv ONE';
    expect(user.ok([...inEngine(), '--user', '1000', IMAGE, 'sh', '-c', line]).stdout).toBe(
      `1000\n${CANARY}-one\n`,
    );
  });

  real(
    `what the docs say the engine keeps: the value in clear while the container is there${needs}`,
    async () => {
      const user = ready(engine);
      const id = user.ok([client, 'run', '-d', ...engine.run, IMAGE, 'sleep', '60']).stdout.trim();
      onTestFinished(() => void end(id));
      expect(filesHolding(engine.data, CANARY).length).toBeGreaterThan(0);
      const explained = user.ok(['explain', ...inEngine(), IMAGE, 'env']).stdout;
      expect(explained).toMatch(/^inserts +-e ONE -e PEM -e PLAIN -e URL$/m);
      expect(explained).toContain('the engine writes these values in clear under its data root');
    },
  );

  /** `container: files`. */
  const mounted = () => ['-p', 'mounted', client, 'run', '--rm', ...engine.run];
  const READ =
    'cat "$ONE_FILE" && cat "$PEM_FILE" && echo "$PLAIN ${ONE-no variable} $(cat /run/secrets/URL)"';
  const CONTENT = `${CANARY}-one${PEM}plain no variable https://u:${CANARY}-one@h\n`;

  real.each(BUILD_NAMES)(`%s: files are mounted read-only, for any user, and go${needs}`, async (build) => {
    const user = ready(engine);
    expect(user.ok([...mounted(), IMAGE, 'sh', '-c', READ], { build }).stdout).toBe(CONTENT);
    expect(user.ok([...mounted(), '--user', '1000', IMAGE, 'sh', '-c', READ], { build }).stdout).toBe(
      CONTENT,
    );
    const written = user.pqx([...mounted(), IMAGE, 'sh', '-c', 'echo x >/run/secrets/ONE'], { build });
    expect(written.status).not.toBe(0);
    expect(written.stderr).toMatch(/read-only/i);
    const own = user.ok([...mounted(), '-e', 'ONE=mine', IMAGE, 'sh', '-c', 'echo $ONE ${ONE_FILE-none}'], {
      build,
    });
    expect(own.stdout).toBe('mine none\n');
    // The guard takes them away when the client has ended.
    for (let tries = 0; filesHolding('/dev/shm', CANARY).length > 0; tries += 1) {
      expect(tries).toBeLessThan(100);
      await wait(100);
    }
  });

  real(
    `container: files leaves no copy with the engine, not even while the container is there${needs}`,
    async () => {
      const user = ready(engine);
      // Of its own: other tests leave theirs with the engine.
      const own = 'canary-4d8e02b7f6';
      user.ok(['set', 'ONE'], { input: own });
      const stop = watchArguments();
      const line = ['-p', 'mounted', client, 'run', '-d', '--rm', ...engine.run, IMAGE];
      const { stdout } = await startPqx(user, [
        ...line,
        'sh',
        '-c',
        'sleep 2; cat /run/secrets/ONE; sleep 60',
      ]);
      const id = stdout.trim();
      onTestFinished(() => void end(id));
      expect(filesHolding(engine.data, own)).toEqual([]);
      expect(direct('exec', id, 'cat', '/run/secrets/ONE').stdout).toBe(own);
      expect(stop(own)).toEqual([]);
    },
  );

  if (client !== 'docker') return;
  const compose = isHere && spawnSync('docker-compose', ['version']).status === 0;
  test.skipIf(!compose)(
    'a service that docker-compose runs sees it too (needs root, docker.io, busybox-static, docker-compose)',
    () => {
      const user = ready(engine);
      user.write('a.yml', `version: "2.4"\nservices:\n  web: { image: "${IMAGE}", network_mode: none }\n`);
      const line = ['docker-compose', '-f', join(user.home, 'a.yml'), 'run', '--rm', '-T', 'web'];
      const pem = user.ok([...line, 'sh', '-c', 'printf %s "$PEM"']).stdout;
      expect(pem).toBe(PEM);
      expect(user.ok([...line.slice(0, -1), '-e', 'ONE=mine', 'web', 'printenv', 'ONE']).stdout).toBe(
        'mine\n',
      );
    },
  );
});
