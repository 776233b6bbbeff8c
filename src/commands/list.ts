import { clearNames } from '../bundle/read.ts';
import type { GlobalOptions } from '../cli.ts';
import { printable } from '../fault.ts';
import type { World } from '../world.ts';
import { requireBundle, withSecrets } from './access.ts';
import { readArguments } from './arguments.ts';
import { wordBundlePath } from './profile-files.ts';

/** `list [--json]`: the names in the bundle, sorted, one a line. */
export async function list(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('list', args, { json: { type: 'boolean' } });
  const names = await sortedNames(world, await wordBundlePath(world, options));
  world.stdout.write(
    values.json === true
      ? `${JSON.stringify(names)}\n`
      : names.map((name) => `${printable(name)}\n`).join(''),
  );
  return 0;
}

/** v2 has its names in clear; v1 is opened to know them. */
async function sortedNames(world: World, path: string): Promise<readonly string[]> {
  const clear = clearNames(requireBundle(world, path));
  const names = clear ?? (await withSecrets(world, path, (secrets) => [...secrets.keys()]));
  return [...names].sort();
}
