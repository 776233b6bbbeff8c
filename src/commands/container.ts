/** What a launch does with the arguments of a container client. Loaded for those alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerClient } from '../launch/container-client.ts';
import type { EngineFacts } from '../launch/container-engine.ts';
import { insertMounts } from '../launch/container-mounts.ts';
import { argsAfterGlobals, containerCall, insertVariables } from '../launch/containers.ts';
import type { Insertable, Inserted } from '../profile/plan.ts';
import type { Profile } from '../profile/types.ts';
import type { World } from '../world.ts';
import { nonEmpty } from './access.ts';

export function containerOf(world: World, client: ContainerClient) {
  const facts = engineFacts(world);
  return {
    afterGlobals: (args: readonly string[]) => argsAfterGlobals(client, args),
    /** Whether the launch mounts files. */
    mounts(profile: Profile | undefined, args: readonly string[]): boolean {
      if (profile?.container !== 'files') return false;
      return containerCall(client, [...(profile.prepend ?? []), ...args]) !== undefined;
    },
    insert(args: readonly string[], granted: Insertable): Inserted {
      const call = containerCall(client, args);
      if (call === undefined) return untouched(client, args, granted.names);
      if (granted.mode === 'files') {
        const { left, ...result } = insertMounts(call, args, granted, granted.fileOf, facts);
        return { ...result, warnings: left.map(leftWarning) };
      }
      const { left, ...result } = insertVariables(call, args, granted.names);
      const kept = result.inserted.length === 0 ? [] : [KEPT];
      return { ...result, mounted: [], warnings: [...kept, ...left.map(leftWarning)] };
    },
  };
}

/** What is known here of the engine that a client speaks to. */
export function engineFacts(world: World): EngineFacts {
  return { env: world.env, contextHost: (context) => contextHost(world, context) };
}

const KEPT =
  'the engine writes these values in clear under its data root, and parts of them stay there; `container: files` leaves nothing';

function leftWarning(name: string): string {
  return `${name} is set for the client alone: no client takes such a name`;
}

function untouched(client: ContainerClient, args: readonly string[], names: readonly string[]): Inserted {
  const starts = client === 'podman-compose' && args.some((word) => /^(?:run|exec)$/.test(word));
  const warnings =
    starts && names.length > 0
      ? [
          'podman-compose takes a variable only together with its value, so none is inserted: `environment: [NAME]` in the compose file takes it from the client',
        ]
      : [];
  return { args, inserted: [], mounted: [], warnings };
}

/** Docker keeps a context as JSON, under a directory that is named by a hash of its name. */
function contextHost(world: World, context: string | undefined): string | undefined {
  const config = nonEmpty(world.env('DOCKER_CONFIG')) ?? join(world.env('HOME') ?? '/', '.docker');
  const name = context ?? textAt(jsonOf(join(config, 'config.json')), 'currentContext') ?? 'default';
  if (name === 'default') return 'unix:';
  const directory = join(config, 'contexts', 'meta');
  for (const entry of entriesOf(directory)) {
    const meta = jsonOf(join(directory, entry, 'meta.json'));
    if (textAt(meta, 'Name') === name) return textAt(meta, 'Endpoints', 'docker', 'Host');
  }
  return undefined;
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return typeof at === 'string' ? at : undefined;
}
