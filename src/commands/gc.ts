import { Fault } from '../fault.ts';
import { placesInMemory } from '../launch/memory.ts';
import { sweep } from '../launch/sweep.ts';
import { shellWord } from '../quote.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';

/** `gc [--json]`: removes the config files that dead launches left, and says what is still used. */
export async function gc(world: World, args: readonly string[]): Promise<number> {
  const { values } = readArguments('gc', args, { json: { type: 'boolean' } });
  const total = { removed: 0, used: 0, elsewhere: 0 };
  for (const place of placesInMemory(world.env('XDG_RUNTIME_DIR'))) {
    const { removed, used, elsewhere, stuck } = await sweep(place, world.uid);
    if (stuck !== undefined) throw stuckFault(stuck);
    total.removed += removed;
    total.used += used;
    total.elsewhere += elsewhere;
  }
  world.stdout.write(values.json === true ? `${JSON.stringify(total)}\n` : text(total));
  return 0;
}

function stuckFault(path: string): Fault {
  return new Fault('store', `${path} could not be removed`, {
    hint: `ls -laR ${shellWord(path)}; rm -r ${shellWord(path)}`,
  });
}

function text({
  removed,
  used,
  elsewhere,
}: Readonly<Record<'removed' | 'used' | 'elsewhere', number>>): string {
  const others = elsewhere === 0 ? '' : `, ${elsewhere} of other pid namespaces`;
  return `${removed} removed, ${used} in use${others}\n`;
}
