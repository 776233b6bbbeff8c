/**
 * Container engines for tests, each with everything it writes below one directory that goes with it. Root only: dockerd
 * needs it, and Podman without it needs what a plain machine may lack.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface Engine {
  readonly client: 'docker' | 'podman';
  /** What the client is told about the engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the engine keeps what it writes. */
  readonly data: string;
  /** Options of `run` that this engine needs here. */
  readonly run: readonly string[];
  stop(): void;
}

/** The image that every engine has: busybox. */
export const IMAGE = 'bb:1';

const root = process.getuid?.() === 0;
const has = (program: string) => spawnSync('which', [program]).status === 0;

const NEEDED = {
  docker: { dockerd: 'docker.io', docker: 'docker.io', busybox: 'busybox-static' },
  podman: { podman: 'podman', runc: 'runc', busybox: 'busybox-static' },
} as const;

/** What it takes, for the names of tests, whether it is there or not. */
export function neededFor(client: Engine['client']): string {
  return ['root', ...new Set(Object.values(NEEDED[client]))].join(', ');
}

export function canStart(client: Engine['client']): boolean {
  return root && Object.keys(NEEDED[client]).every(has);
}

export async function startEngine(client: Engine['client']): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'pqx-engine-'));
  const engine = client === 'docker' ? await startDocker(directory) : podman(directory);
  importImage(engine, directory);
  return engine;
}

async function startDocker(directory: string): Promise<Engine> {
  const socket = `unix://${directory}/s`;
  const daemon = spawn(
    'dockerd',
    [
      ...[
        '--data-root',
        `${directory}/data`,
        '--exec-root',
        `${directory}/exec`,
        '--pidfile',
        `${directory}/pid`,
      ],
      ...['-H', socket, '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      ...['--bridge=none', '--storage-driver=vfs', '--oom-score-adjust=0'],
    ],
    { stdio: 'ignore', detached: true },
  );
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  const env = { DOCKER_HOST: socket };
  for (
    let tries = 0;
    spawnSync('docker', ['version'], { env: { ...process.env, ...env } }).status !== 0;
    tries += 1
  ) {
    if (tries > 300 || daemon.exitCode !== null) throw new Error('dockerd does not start');
    await wait(100);
  }
  return {
    client: 'docker',
    env,
    data: `${directory}/data`,
    run: ['--network=none'],
    stop() {
      daemon.kill('SIGTERM');
      // The daemon ends its containers and containerd first.
      for (let tries = 0; tries < 300 && isAlive(daemon.pid ?? 0); tries += 1) spawnSync('sleep', ['0.1']);
      void ended;
      spawnSync('umount', [`${directory}/exec/netns/default`]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

function podman(directory: string): Engine {
  writeFileSync(
    `${directory}/containers.conf`,
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
`,
  );
  writeFileSync(
    `${directory}/storage.conf`,
    `[storage]
driver = "vfs"
graphroot = "${directory}/data"
runroot = "${directory}/run"
`,
  );
  const env = {
    CONTAINERS_CONF: `${directory}/containers.conf`,
    CONTAINERS_STORAGE_CONF: `${directory}/storage.conf`,
  };
  return {
    client: 'podman',
    env,
    data: `${directory}/data`,
    run: ['--network=none'],
    stop() {
      spawnSync('podman', ['rm', '-af', '-t', '0'], { env: { ...process.env, ...env } });
      spawnSync('umount', ['-R', `${directory}/data`]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function importImage(engine: Engine, directory: string): void {
  const rootfs = `${directory}/rootfs`;
  for (const name of ['bin', 'etc', 'tmp', 'run', 'proc', 'sys', 'dev'])
    mkdirSync(`${rootfs}/${name}`, { recursive: true });
  copyFileSync('/bin/busybox', `${rootfs}/bin/busybox`);
  for (const name of 'sh env cat sleep id ls stat tr head kill true'.split(' '))
    symlinkSync('busybox', `${rootfs}/bin/${name}`);
  // Debian's busybox has none.
  writeFileSync(`${rootfs}/bin/printenv`, '#!/bin/sh\neval "printf \'%s\\n\' \\"\\$$1\\""\n', {
    mode: 0o755,
  });
  writeFileSync(`${rootfs}/etc/passwd`, 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n');
  execFileSync('tar', ['-C', rootfs, '-cf', `${directory}/image.tar`, '.']);
  execFileSync(engine.client, ['import', `${directory}/image.tar`, IMAGE], {
    env: { ...process.env, ...engine.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(`${directory}/image.tar`);
}

/** Files below `directory` that hold `text`, as `grep -r` finds them; the files of running containers are among them. */
export function filesHolding(directory: string, text: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const result = spawnSync('grep', ['-rlaF', '--', text, directory], { encoding: 'utf8' });
  return result.stdout.split('\n').filter((line) => line !== '');
}
