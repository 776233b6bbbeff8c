/** The directory of shims, `shims` in the config directory: links named after tools, that lead to pqx. */
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, ownFiles, startedAs } from '#system';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { SHIMS } from './shim-call.ts';

export interface ShimLink {
  readonly tool: string;
  readonly path: string;
  /** Where the link leads, as it is written. */
  readonly target: string;
  /** `foreign`: no link, or one to something that is not called pqx. */
  readonly state: 'ok' | 'broken' | 'foreign';
}

export function shimDirectory(world: World): string {
  return join(configDir(world.env), SHIMS);
}

/** What stands in the directory, sorted; empty when there is none. */
export function shimLinks(directory: string): readonly ShimLink[] {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(directory)
    .sort()
    .map((tool) => shimAt(join(directory, tool), tool));
}

function shimAt(path: string, tool: string): ShimLink {
  if (!lstatSync(path).isSymbolicLink()) return { tool, path, target: path, state: 'foreign' };
  const target = readlinkSync(path);
  if (!/(?:^|\/)pqx(?:\.mjs)?$/.test(target)) return { tool, path, target, state: 'foreign' };
  const works = typeof factsOf(path) !== 'string';
  return { tool, path, target, state: works ? 'ok' : 'broken' };
}

/**
 * The path by which shims lead to pqx. A name in PATH stays when pqx is upgraded, while what it leads to may hold the
 * version; only without one it is the path that pqx was started by.
 */
export function lastingPath(world: World): string {
  const own = new Set(
    ownFiles().flatMap((path) => {
      const facts = factsOf(path);
      return typeof facts === 'string' ? [] : [facts.identity];
    }),
  );
  const isOwn = (path: string) => {
    const facts = factsOf(path);
    return typeof facts !== 'string' && own.has(facts.identity);
  };
  const inPath = (world.env('PATH') ?? '')
    .split(':')
    .filter((element) => element.startsWith('/') && !element.endsWith(`/${SHIMS}`))
    .map((element) => join(element, 'pqx'));
  const started = startedAs() ?? '';
  const named = /\/pqx(?:\.mjs)?$/.test(started) ? [join(world.cwd, started), started] : [];
  const found = [...inPath, ...named.filter((path) => path.startsWith('/'))].find(isOwn);
  return found ?? world.self.at(-1) ?? 'pqx';
}

/** Where the directory stands in PATH: the tools of every element before it win over its shims. */
export function placeInPath(world: World, directory: string): number {
  const wanted = factsOf(directory);
  return (world.env('PATH') ?? '').split(':').findIndex((element) => {
    if (!element.startsWith('/')) return false;
    const facts = factsOf(element);
    return typeof facts !== 'string' && typeof wanted !== 'string' && facts.identity === wanted.identity;
  });
}
