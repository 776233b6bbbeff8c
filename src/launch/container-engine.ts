/** Which engine a client's command line and environment lead to, as far as they tell: another machine mounts no file of this one. Pure. */
import type { ContainerClient } from './container-client.ts';
import type { SeenOption } from './containers.ts';

export interface EngineFacts {
  env(name: string): string | undefined;
  /** The address behind a context of Docker's; `undefined` as its name: the one in use. Undefined when it is not known. */
  contextHost(context: string | undefined): string | undefined;
}

/** Why the engine is not this machine's, or cannot be told to be; undefined when it is. */
export function remoteEngine(
  client: ContainerClient,
  globals: readonly SeenOption[],
  facts: EngineFacts,
): string | undefined {
  switch (client) {
    case 'docker':
    case 'docker-compose':
      return remoteDocker(globals, facts);
    case 'podman':
    case 'podman-compose':
      return remotePodman(globals, facts);
    case 'nerdctl':
      // containerd is spoken to through a socket of this machine alone.
      return undefined;
  }
}

/** The order is Docker's own: -H, --context, DOCKER_HOST, DOCKER_CONTEXT, the context in use. */
function remoteDocker(globals: readonly SeenOption[], facts: EngineFacts): string | undefined {
  const host = lastOf(globals, 'host', 'H');
  if (host !== undefined) return remoteAddress(host, '-H');
  const named = lastOf(globals, 'context', 'c');
  if (named === undefined) {
    const inherited = facts.env('DOCKER_HOST') ?? '';
    if (inherited !== '') return remoteAddress(inherited, 'DOCKER_HOST');
    if (lastOf(globals, 'config') !== undefined) return 'the context in use under --config is not known';
  }
  const fromEnvironment = facts.env('DOCKER_CONTEXT');
  const context = named ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (context === 'default') return undefined;
  const address = facts.contextHost(context);
  const name = `the context ${context ?? 'in use'}`;
  return address === undefined ? `${name} is not known` : remoteAddress(address, name);
}

function remotePodman(globals: readonly SeenOption[], facts: EngineFacts): string | undefined {
  const url = lastOf(globals, 'url') ?? lastOf(globals, 'host', 'H');
  if (url !== undefined) return remoteAddress(url, '--url');
  const connection = lastOf(globals, 'connection', 'c') ?? lastOf(globals, 'context');
  if (connection !== undefined && connection !== 'default')
    return `the connection ${connection} may lead anywhere`;
  const inherited = facts.env('CONTAINER_HOST') ?? '';
  if (inherited !== '') return remoteAddress(inherited, 'CONTAINER_HOST');
  if ((facts.env('CONTAINER_CONNECTION') ?? '') !== '') return 'CONTAINER_CONNECTION may lead anywhere';
  return globals.some(({ name }) => name === 'remote' || name === 'r')
    ? '--remote leads wherever its connection does'
    : undefined;
}

function remoteAddress(address: string, from: string): string | undefined {
  if (address === '' || address.startsWith('unix:') || address.startsWith('/')) return undefined;
  // An address may hold a password: only its scheme is said.
  return `${from} leads to another machine (${/^[a-z]+:/.exec(address)?.[0] ?? 'tcp:'})`;
}

function lastOf(options: readonly SeenOption[], ...names: readonly string[]): string | undefined {
  return options.findLast(({ name }) => names.includes(name))?.value;
}
