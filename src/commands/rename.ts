import { checkName } from '../bundle/names.ts';
import type { Unlocked } from '../bundle/unlocked.ts';
import type { GlobalOptions } from '../cli.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import type { World } from '../world.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { editBundle } from './edit.ts';
import { requireKey } from './missing-key.ts';
import { wordBundle } from './profile-files.ts';

/** `rename OLD NEW`: the value of one key under another name, which nothing else may have. */
export async function rename(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments('rename', args, {}, { least: 2, most: 2, what: 'OLD and NEW' });
  const [typed = '', to = ''] = positionals;
  checkArgument(checkName, to);
  const place = await wordBundle(world, options);
  const { path } = place;
  const from = await editBundle(world, place, undefined, async (bundle) => {
    const name = requireKey(world, bundle.names(), typed, path);
    await move(bundle, name, to, path);
    return name;
  });
  await recordWord(world, options, { event: 'rename', bundle: path, keys: [from, to] });
  world.stderr.write(
    `${printable(from)} is ${to} in ${printable(path)}; profiles that name it are not changed\n`,
  );
  return 0;
}

async function move(bundle: Unlocked, from: string, to: string, path: string): Promise<void> {
  if (from === to) throw new Fault('usage', 'OLD and NEW are the same name', { hint: 'pqx help rename' });
  if (bundle.names().includes(to)) {
    throw new Fault('input', `there is a ${to} in ${path} already; nothing was changed`, {
      hint: `pqx unset ${to}   removes it`,
    });
  }
  const value = await bundle.read(from);
  if (value === undefined) return;
  try {
    await bundle.put(to, value);
    bundle.remove(from);
  } finally {
    wipe(value);
  }
}
