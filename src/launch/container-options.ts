/**
 * Which options of the container clients take a value: without that the image, and behind it the container's own
 * command, cannot be told from a value. From the clients' own `--help`: Docker 28.2.2, Podman 4.3.1, docker-compose 1.29.2
 * and podman-compose 1.0.3, with the hidden names that they take besides; test/launch/container-options.test.ts compares
 * them with the clients that are installed. Later Podman, nerdctl and the compose plugin: from their reference pages.
 */
import type { ContainerClient } from './container-client.ts';

export type Subcommand = 'run' | 'create' | 'exec';

export interface ValueOptions {
  /** Long names, without the dashes. */
  readonly long: ReadonlySet<string>;
  /** Letters. */
  readonly short: string;
}

/** Of one level of a client: what may stand before its subcommand, and what behind it. */
export interface Level {
  readonly global: ValueOptions;
  /** Subcommands that start a program in a container. */
  readonly subcommands: ReadonlyMap<Subcommand, ValueOptions>;
}

export interface ClientOptions extends Level {
  /** The level of its `compose`; undefined for a client without one. */
  readonly compose: Level | undefined;
}

/** Of `run` and `create`, in all clients. */
const RUN = `
    add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns
    cidfile cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems
    detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops dns
    dns-opt dns-option dns-search entrypoint env env-file expose gpus group-add health-cmd health-interval
    health-retries health-start-period health-timeout hostname ip ip6 ipc label label-file log-driver
    log-opt mac-address memory memory-reservation memory-swap memory-swappiness mount name net network
    network-alias oom-score-adj pid pids-limit platform publish pull restart runtime security-opt shm-size
    stop-signal stop-timeout sysctl tmpfs ulimit user userns uts volume volumes-from workdir
  `;
const RUN_LETTERS = 'acehlmpuvw';

const DOCKER_RUN = `cpu-count cpu-percent domainname health-start-interval io-maxbandwidth io-maxiops isolation
    kernel-memory link link-local-ip net-alias storage-opt volume-driver`;
const DOCKER_GLOBAL = 'config context host log-level tlscacert tlscert tlskey';

const PODMAN_RUN = `arch authfile cert-dir cgroup-conf cgroups chrootdirs conmon-pidfile creds decryption-key env-merge
    gidmap group-entry health-log-destination health-max-log-count health-max-log-size health-on-failure
    health-startup-cmd health-startup-interval health-startup-retries health-startup-success health-startup-timeout
    healthcheck-command healthcheck-interval healthcheck-retries healthcheck-start-period healthcheck-timeout
    hosts-file hostuser image-volume init-ctr init-path os override-arch override-os override-variant passwd-entry
    personality pidfile pod pod-id-file preserve-fd preserve-fds rdt-class requires retry retry-delay sdnotify
    seccomp-policy secret shm-size-systemd subgidname subuidname systemd timeout tz uidmap umask unsetenv variant`;
const PODMAN_GLOBAL = `cgroup-manager cni-config-dir config conmon connection context cpu-profile default-mounts-file
    events-backend hooks-dir host identity imagestore log-level max-workers memory-profile module namespace
    network-cmd-path network-config-dir ns out registries-conf root runroot runtime runtime-flag ssh storage-driver
    storage-opt tls-ca tls-cert tls-key tmpdir url volumepath`;

const NERDCTL_RUN = `cgroup-conf cosign-certificate-identity cosign-certificate-identity-regexp
    cosign-certificate-oidc-issuer cosign-certificate-oidc-issuer-regexp cosign-key domainname init-binary ipfs-address
    isolation kernel-memory pidfile rdt-class systemd umask verify`;
const NERDCTL_GLOBAL = `address bridge-ip cgroup-manager cni-netconfpath cni-path data-root host host-gateway-ip hosts-dir
    namespace snapshotter storage-driver`;

const COMPOSE_GLOBAL = `ansi env-file file ipfs-address parallel profile progress project-directory project-name workdir`;
const COMPOSE_RUN = `cap-add cap-drop entrypoint env env-from-file label name publish pull user volume workdir`;
const COMPOSE_EXEC = 'env index user workdir';

const PODMAN_COMPOSE_GLOBAL = `file podman-args podman-build-args podman-inspect-args podman-path podman-pull-args
    podman-push-args podman-rm-args podman-run-args podman-start-args podman-stop-args podman-volume-args project-name`;

/** The tables of a client. Made when asked for: most launches are of other programs. */
export function optionsOf(client: ContainerClient): ClientOptions {
  switch (client) {
    case 'docker':
      return engine(values(DOCKER_GLOBAL, 'Hcl'), DOCKER_RUN, 'detach-keys env env-file user workdir', '');
    case 'podman':
      return engine(
        values(PODMAN_GLOBAL, 'Hc'),
        PODMAN_RUN,
        'cidfile detach-keys env env-file preserve-fd preserve-fds user workdir',
        PODMAN_GLOBAL,
      );
    case 'nerdctl':
      return engine(
        values(NERDCTL_GLOBAL, 'Han'),
        NERDCTL_RUN,
        'detach-keys env env-file user workdir',
        NERDCTL_GLOBAL,
      );
    case 'docker-compose':
      return { ...composeLevel(values(`${COMPOSE_GLOBAL} ${DOCKER_GLOBAL}`, 'Hcfp')), compose: undefined };
    case 'podman-compose':
      return { ...composeLevel(values(PODMAN_COMPOSE_GLOBAL, 'fp')), compose: undefined };
  }
}

/** `inherited`: options before the subcommand that the client also takes behind it. */
function engine(global: ValueOptions, run: string, exec: string, inherited: string): ClientOptions {
  const started = values(`${RUN} ${run} ${inherited}`, RUN_LETTERS);
  return {
    global,
    subcommands: new Map([
      ['run', started],
      ['create', started],
      ['exec', values(`${exec} ${inherited}`, 'euw')],
    ]),
    compose: composeLevel(values(`${COMPOSE_GLOBAL} ${DOCKER_GLOBAL}`, 'Hcfp')),
  };
}

function composeLevel(global: ValueOptions): Level {
  return {
    global,
    subcommands: new Map([
      ['run', values(COMPOSE_RUN, 'elpuvw')],
      ['exec', values(COMPOSE_EXEC, 'euw')],
    ]),
  };
}

function values(long: string, short: string): ValueOptions {
  return { long: new Set(long.split(/\s+/).filter((name) => name !== '')), short };
}
