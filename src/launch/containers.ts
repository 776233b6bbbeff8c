/**
 * The command lines of container clients: where the options before the subcommand end, where `-e NAME` goes, and which
 * variables the user's own `-e` names. Pure; what stands behind the image is never touched.
 */
import type { ContainerClient } from './container-client.ts';
import { type Level, optionsOf, type Subcommand, type ValueOptions } from './container-options.ts';

/** An option as it stands: its long name or its letter, without dashes, and its value if it has one. */
export interface SeenOption {
  readonly name: string;
  readonly value: string | undefined;
}

export interface ContainerCall {
  readonly client: ContainerClient;
  /** Whether it is a service of a compose file that is started. */
  readonly compose: boolean;
  readonly subcommand: Subcommand;
  /** Where in the arguments an option of the subcommand can be put: right behind it. */
  readonly insertAt: number;
  /** The options before the subcommand, and those behind it, before the image. */
  readonly globals: readonly SeenOption[];
  readonly options: readonly SeenOption[];
  /** The variables that the user's own `-e` and `--env` name, before the image. */
  readonly named: readonly string[];
}

/** Variables that steer the client itself: set for it, never put into a container. */
const CLIENT_VARIABLES = new Set(
  `PATH HOME USER LOGNAME SHELL TERM TMPDIR PWD XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
  DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION
  DOCKER_DEFAULT_PLATFORM DOCKER_CONTENT_TRUST DOCKER_CONTENT_TRUST_SERVER DOCKER_HIDE_LEGACY_COMMANDS
  DOCKER_AUTH_CONFIG DOCKER_CUSTOM_HEADERS DOCKER_BUILDKIT DOCKER_CLI_HINTS DOCKER_DEBUG
  CONTAINER_HOST CONTAINER_SSHKEY CONTAINER_PASSPHRASE CONTAINER_CONNECTION CONTAINER_TLS_CA CONTAINER_TLS_CERT
  CONTAINER_TLS_KEY CONTAINERS_CONF CONTAINERS_CONF_OVERRIDE CONTAINERS_STORAGE_CONF CONTAINERS_REGISTRIES_CONF
  CONTAINERS_POLICY_JSON REGISTRY_AUTH_FILE STORAGE_DRIVER STORAGE_OPTS PODMAN_COMPOSE_PROVIDER
  CONTAINERD_ADDRESS CONTAINERD_NAMESPACE CONTAINERD_SNAPSHOTTER NERDCTL_TOML NERDCTL_HOST_GATEWAY_IP CNI_PATH
  NETCONFPATH BUILDKIT_HOST BUILDX_BUILDER BUILDX_CONFIG
  COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_ENV_FILES COMPOSE_PATH_SEPARATOR COMPOSE_HTTP_TIMEOUT
  COMPOSE_TLS_VERSION COMPOSE_PARALLEL_LIMIT COMPOSE_IGNORE_ORPHANS COMPOSE_REMOVE_ORPHANS COMPOSE_CONVERT_WINDOWS_PATHS
  COMPOSE_BAKE COMPOSE_MENU`.split(/\s+/),
);

/** What `-e` takes as one name in every client: Podman makes a glob of a `*`. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The arguments from the subcommand on, for matching: `docker --context prod run x` is matched as `run x`. */
export function argsAfterGlobals(client: ContainerClient, args: readonly string[]): readonly string[] {
  return args.slice(readOptions(args, 0, optionsOf(client).global).end);
}

/** The call, when it is one that starts a program in a container; undefined for every other command line. */
export function containerCall(client: ContainerClient, args: readonly string[]): ContainerCall | undefined {
  const options = optionsOf(client);
  const { end, seen } = readOptions(args, 0, options.global);
  if (args[end] === 'compose' && options.compose !== undefined) {
    const inner = readOptions(args, end + 1, options.compose.global);
    return callAt(client, args, inner.end, options.compose, {
      compose: true,
      globals: [...seen, ...inner.seen],
    });
  }
  // podman-compose takes a variable only together with its value; in the compose file it takes a name.
  if (client === 'podman-compose') return undefined;
  // The compose clients have no compose of their own, and no `container` either.
  if (options.compose === undefined)
    return callAt(client, args, end, options, { compose: true, globals: seen });
  const at = args[end] === 'container' ? end + 1 : end;
  return callAt(client, args, at, options, { compose: false, globals: seen });
}

/**
 * `args` with `-e NAME` for each of `names` that is not the user's own or the client's; what was put in, and the names
 * that no client takes in this way.
 */
export function insertVariables(
  call: ContainerCall,
  args: readonly string[],
  names: readonly string[],
): {
  readonly args: readonly string[];
  readonly inserted: readonly string[];
  readonly left: readonly string[];
} {
  const wanted = ownNames(call, names);
  const inserted = wanted.filter(isPlainName).flatMap((name) => ['-e', name]);
  return {
    args: [...args.slice(0, call.insertAt), ...inserted, ...args.slice(call.insertAt)],
    inserted,
    left: wanted.filter((name) => !isPlainName(name)),
  };
}

/** Those of `names` that are neither the user's own nor the client's. */
export function ownNames(call: ContainerCall, names: readonly string[]): readonly string[] {
  return names.filter((name) => !call.named.includes(name) && !CLIENT_VARIABLES.has(name));
}

/** Whether every client takes it as one name. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/** Whether a flag is set; the last one counts, and may say `=false`. */
export function isOn(options: readonly SeenOption[], ...names: readonly string[]): boolean {
  const last = options.findLast(({ name }) => names.includes(name));
  return last !== undefined && !/^(?:false|f|0)$/i.test(last.value ?? 'true');
}

function callAt(
  client: ContainerClient,
  args: readonly string[],
  at: number,
  level: Level,
  before: Pick<ContainerCall, 'compose' | 'globals'>,
): ContainerCall | undefined {
  for (const [subcommand, options] of level.subcommands) {
    if (args[at] !== subcommand) continue;
    const { seen } = readOptions(args, at + 1, options);
    const named = seen.flatMap(({ name, value }) =>
      (name === 'env' || name === 'e') && value !== undefined ? [value.split('=')[0] ?? ''] : [],
    );
    return { client, ...before, subcommand, insertAt: at + 1, options: seen, named };
  }
  return undefined;
}

/**
 * Reads options as the clients' parser (pflag) does, from `start` to the first word that is none: `--name value`,
 * `--name=value`, `-xvalue`, `-x=value`, `-x value`, letters together. An option that is not known has no value.
 */
function readOptions(
  args: readonly string[],
  start: number,
  options: ValueOptions,
): { readonly end: number; readonly seen: readonly SeenOption[] } {
  const seen: SeenOption[] = [];
  let at = start;
  while (at < args.length) {
    const word = args[at] ?? '';
    if (word === '--') return { end: at + 1, seen };
    if (!word.startsWith('-') || word === '-') break;
    const option = word.startsWith('--') ? longOption(word, options) : shortOptions(word, options);
    const apart = option.takesValue && option.attached === undefined;
    for (const letter of option.flags) seen.push({ name: letter, value: undefined });
    if (option.name !== undefined)
      seen.push({ name: option.name, value: apart ? args[at + 1] : option.attached });
    at += apart ? 2 : 1;
  }
  return { end: Math.min(at, args.length), seen };
}

interface Option {
  /** Letters before `name` in the same word, none of which takes a value. */
  readonly flags: string;
  readonly name: string | undefined;
  readonly takesValue: boolean;
  /** The value that stands in the same word. */
  readonly attached: string | undefined;
}

function longOption(word: string, options: ValueOptions): Option {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  return {
    flags: '',
    name,
    takesValue: options.long.has(name),
    attached: equals < 0 ? undefined : word.slice(equals + 1),
  };
}

/** In `-itex` the first letter that takes a value ends the letters: what follows is its value. */
function shortOptions(word: string, options: ValueOptions): Option {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    if (!options.short.includes(letter)) continue;
    const rest = word.slice(at + 1).replace(/^=/, '');
    return {
      flags: word.slice(1, at),
      name: letter,
      takesValue: true,
      attached: word.length > at + 1 ? rest : undefined,
    };
  }
  return {
    flags: word.slice(1).split('=')[0] ?? '',
    name: undefined,
    takesValue: false,
    attached: undefined,
  };
}
