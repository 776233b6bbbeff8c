import { Fault } from '../fault.ts';
import { suggestion } from '../profile/nearest.ts';
import { allWords, isWord } from '../words.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { helpOf } from './help.ts';
import { USAGE } from './usage.ts';

/** `help [WORD]`: the usage, or what one word does. */
export function help(world: World, args: readonly string[]): number {
  const { positionals } = readArguments('help', args, {}, { least: 0, most: 1, what: 'a WORD' });
  const [word] = positionals;
  if (word === undefined || word === 'run') {
    world.stdout.write(USAGE);
    return 0;
  }
  if (!isWord(word))
    throw new Fault('usage', `there is no word ${word}`, {
      hint: suggestion(word, allWords()) ?? 'pqx help   lists the words',
    });
  world.stdout.write(helpOf(word));
  return 0;
}
