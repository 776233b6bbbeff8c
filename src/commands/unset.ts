import type { GlobalOptions } from '../cli.ts';
import { printable } from '../fault.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { editBundle } from './edit.ts';
import { requireKey } from './missing-key.ts';
import { wordBundle } from './profile-files.ts';

/** `unset NAME…`: removes keys, all or none of them. */
export async function unset(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments('unset', args, {}, { least: 1, most: Infinity, what: 'a NAME' });
  const place = await wordBundle(world, options);
  const { path } = place;
  const removed = await editBundle(world, place, undefined, async (bundle) => {
    const names = bundle.names();
    const found = positionals.map((typed) => requireKey(world, names, typed, path));
    for (const name of found) bundle.remove(name);
    return found;
  });
  await recordWord(world, options, { event: 'unset', bundle: path, keys: removed });
  world.stderr.write(`${removed.map(printable).join(', ')} removed from ${printable(path)}\n`);
  return 0;
}
