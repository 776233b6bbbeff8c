import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';

declare const PQX_VERSION: string;

/** Prints `pqx VERSION`. */
export function version(world: World, args: readonly string[] = []): number {
  readArguments('version', args, {});
  world.stdout.write(`pqx ${versionText()}\n`);
  return 0;
}

/** The package's version; the build puts it in. */
export function versionText(): string {
  return typeof PQX_VERSION === 'string' ? PQX_VERSION : '0.0.0-source';
}
