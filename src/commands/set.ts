import { isName } from '../bundle/names.ts';
import type { GlobalOptions } from '../cli.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { wordBundle } from './profile-files.ts';
import { putOne } from './put.ts';
import { readValue } from './value.ts';

/** `set NAME [--exact]`: one value, from a hidden prompt or standard input. */
export async function set(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  refuseValues(args);
  const { values, positionals } = readArguments(
    'set',
    args,
    { exact: { type: 'boolean' } },
    { least: 1, most: 1, what: 'a NAME' },
  );
  const [name = ''] = positionals;
  const place = await wordBundle(world, options);
  const value = await readValue(world, name, values.exact === true);
  try {
    await putOne(world, place, name, value);
    await recordWord(world, options, { event: 'set', bundle: place.path, keys: [name] });
  } finally {
    wipe(value);
  }
  return 0;
}

/** What stands beside a NAME, or in its place, may be a value: it is not repeated (SECURITY, values in arguments). */
function refuseValues(args: readonly string[]): void {
  const words = args.filter((argument) => argument !== '--exact' && argument !== '--');
  const [first] = words;
  if (words.length === 0 || (words.length === 1 && first !== undefined && isName(first))) return;
  const name = words.map((text) => text.split('=')[0] ?? '').find(isName);
  throw new Fault(
    'usage',
    '`set` takes a NAME and no value: arguments show in the list of processes and in the history of the shell',
    {
      hint: `pqx set ${name ?? 'NAME'}   asks for it; pqx set ${name ?? 'NAME'} < FILE   takes it from there; change a value that was typed`,
    },
  );
}
