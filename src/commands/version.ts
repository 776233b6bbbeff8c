import type { World } from '../world.ts';

declare const PQX_VERSION: string;

/** Prints `pqx VERSION` and the runtime that carries it. */
export function version(world: World): number {
  world.stdout.write(`pqx ${versionText()}\n`);
  return 0;
}

/** The package's version; the build puts it in. */
export function versionText(): string {
  return typeof PQX_VERSION === 'string' ? PQX_VERSION : '0.0.0-source';
}
