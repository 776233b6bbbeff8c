import type { GlobalOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import { fishWord, shellWord } from '../quote.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { type Candidates, candidates } from './candidates.ts';
import { choiceHint } from './choice.ts';
import { completionScript, isShell, SHELLS } from './completion-scripts.ts';
import { lastingPath } from './shim-directory.ts';

/** What the scripts call: `completion candidates -- WORDS…`, the last one at the cursor. */
const CALL = 'candidates';

/** `completion SHELL`: the script that makes the shell complete pqx, and behind `pqx TOOL` what the tool itself completes. */
export async function completion(
  world: World,
  _options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  if (args[0] === CALL && args[1] === '--') {
    world.stdout.write(linesOf(await candidates(world, args.slice(2))));
    return 0;
  }
  const what = 'a SHELL: bash, zsh or fish';
  const { positionals } = readArguments('completion', args, {}, { least: 1, most: 1, what });
  const [shell = ''] = positionals;
  if (!isShell(shell)) {
    throw new Fault('usage', `there is no completion for the shell ${printable(shell)}`, {
      hint: choiceHint(shell, SHELLS, 'pqx completion'),
    });
  }
  // Not as it was typed on the line that is completed: that could be a stranger's ./pqx, and completing must not run it.
  const self = [...world.self.slice(0, -1), lastingPath(world)].map(shell === 'fish' ? fishWord : shellWord);
  world.stdout.write(completionScript(shell, self.join(' ')));
  return 0;
}

/** A line that starts with `:` is for the script; no candidate does. */
function linesOf(found: Candidates): string {
  switch (found.kind) {
    case 'files':
      return ':files\n';
    case 'delegate':
      return `:delegate ${found.at}\n`;
    case 'commands':
      return [...found.texts, ':commands'].map((line) => `${line}\n`).join('');
    case 'texts':
      return found.texts.map((line) => `${line}\n`).join('');
  }
}
