import { clearNames } from '../bundle/read.ts';
import type { GlobalOptions } from '../cli.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { shellWord } from '../quote.ts';
import type { World } from '../world.ts';
import { openKnown, requireBundle } from './access.ts';
import { wordAgain } from './again.ts';
import { refuseToPrint } from './agent.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { requireKey } from './missing-key.ts';
import { wordBundle } from './profile-files.ts';

/** `get NAME [--reveal]`: the bare value on standard output, byte for byte, without a newline. */
export async function get(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(
    'get',
    args,
    { reveal: { type: 'boolean' } },
    { least: 1, most: 1, what: 'a NAME' },
  );
  const [typed = ''] = positionals;
  const name = typed.startsWith('-') ? `-- ${shellWord(typed)}` : shellWord(typed);
  const again = wordAgain(world, options, `get --reveal ${name}`);
  refuseToPrint(world, values.reveal === true, 'get', again, { terminalOnly: false });
  const { path, rollback } = await wordBundle(world, options);
  const bundle = requireBundle(world, path);
  const clear = clearNames(bundle);
  const wanted = clear === undefined ? 'all' : [requireKey(world, clear, typed, path)];
  const { secrets, notice } = await openKnown(world, path, bundle, wanted, rollback);
  if (notice !== undefined) world.stderr.write(notice);
  try {
    const name = requireKey(world, [...secrets.keys()], typed, path);
    await recordWord(world, options, { event: 'get', bundle: path, keys: [name] });
    world.stdout.write(secrets.get(name) ?? '');
  } finally {
    wipeValues(secrets);
  }
  return 0;
}
