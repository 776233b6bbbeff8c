/**
 * Which options of the container clients take a value: without that the image, and behind it the container's own
 * command, cannot be told from a value. Taken from the clients' own `--help`: Docker 28.2.2 and Podman 4.3.1;
 * test/launch/container-options.test.ts compares them with the clients that are installed.
 */

export type ContainerClient = 'docker' | 'podman';
export type Subcommand = 'run' | 'create' | 'exec';

export interface ValueOptions {
  /** Long names, without the dashes. */
  readonly long: ReadonlySet<string>;
  /** Letters. */
  readonly short: string;
}

/** Of `run` and `create`, in both clients. */
const COMMON = `
    add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns
    cidfile cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems
    device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops dns
    dns-option dns-search entrypoint env env-file expose group-add health-cmd health-interval
    health-retries health-start-period health-timeout hostname ip ip6 ipc label label-file log-driver
    log-opt mac-address memory memory-reservation memory-swap memory-swappiness mount name network
    network-alias oom-score-adj pid pids-limit platform publish pull restart security-opt shm-size
    stop-signal stop-timeout sysctl tmpfs ulimit user userns uts volume volumes-from workdir
  `;

const DOCKER = (): ClientOptions => ({
  global: values('config context host log-level tlscacert tlscert tlskey', 'Hcl'),
  run: values(
    `${COMMON} cpu-count cpu-percent detach-keys domainname gpus health-start-interval io-maxbandwidth io-maxiops
    isolation kernel-memory link link-local-ip runtime storage-opt volume-driver`,
    'acehlmpuvw',
  ),
  create: values(
    `${COMMON} cpu-count cpu-percent domainname gpus health-start-interval io-maxbandwidth io-maxiops isolation
    kernel-memory link link-local-ip runtime storage-opt volume-driver`,
    'acehlmpuvw',
  ),
  exec: values('detach-keys env env-file user workdir', 'euw'),
});

const PODMAN = (): ClientOptions => ({
  global: values(
    'cgroup-manager conmon connection events-backend hooks-dir identity log-level namespace network-cmd-path network-config-dir root runroot runtime runtime-flag ssh storage-driver storage-opt tmpdir url volumepath',
    'c',
  ),
  run: values(
    `${COMMON} arch authfile cgroup-conf cgroups chrootdirs conmon-pidfile detach-keys env-merge gidmap
    health-on-failure hostuser image-volume init-path os passwd-entry personality pidfile pod
    pod-id-file preserve-fds requires sdnotify seccomp-policy secret subgidname subuidname systemd
    timeout tz uidmap umask unsetenv variant`,
    'acehlmpuvw',
  ),
  create: values(
    `${COMMON} arch authfile cgroup-conf cgroups chrootdirs conmon-pidfile env-merge gidmap health-on-failure
    hostuser image-volume init-ctr init-path os passwd-entry personality pidfile pod pod-id-file
    requires sdnotify seccomp-policy secret subgidname subuidname systemd timeout tz uidmap umask
    unsetenv variant`,
    'acehlmpuvw',
  ),
  exec: values('detach-keys env env-file preserve-fds user workdir', 'euw'),
});

interface ClientOptions extends Readonly<Record<Subcommand, ValueOptions>> {
  /** Before the subcommand. */
  readonly global: ValueOptions;
}

/** The tables of a client. */
export function optionsOf(client: ContainerClient): ClientOptions {
  return client === 'docker' ? DOCKER() : PODMAN();
}

function values(long: string, short: string): ValueOptions {
  return { long: new Set(long.split(/\s+/).filter((name) => name !== '')), short };
}
