import type { GlobalOptions } from '../cli.ts';
import { printable } from '../fault.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { withSecrets } from './access.ts';
import { readArguments } from './arguments.ts';
import { wordBundlePath } from './profile-files.ts';

/** `verify`: opens everything and says what is there. */
export async function verify(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  readArguments('verify', args, {});
  const names = await withSecrets(world, await wordBundlePath(world, options), (secrets) =>
    [...secrets.keys()].sort(),
  );
  world.stdout.write(`Bundle valid: ${counted(names.length, 'key')}\n`);
  world.stdout.write(names.map((name) => `${printable(name)}\n`).join(''));
  return 0;
}
