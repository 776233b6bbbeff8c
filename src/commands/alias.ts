/**
 * `alias SHELL`: a shell function for every profile that names its command, for `eval` in the shell's start-up file.
 * Functions and not aliases: completion goes by the command's name, and keeps working.
 */
import type { GlobalOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import type { ProfileFile } from '../profile/types.ts';
import { fishWord, shellWord } from '../quote.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { choiceHint } from './choice.ts';
import { readProfiles } from './profile-files.ts';
import { lastingPath } from './shim-directory.ts';

type Shell = 'bash' | 'zsh' | 'fish';
const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** A plain word in every shell, so that what is evaluated runs nothing of a name's. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$/;

/** Words of one of the shells' own: a function of that name would break the shell or the text that is evaluated. */
const OWN_WORDS = new Set(
  `alias and argparse begin bg bind break builtin case cd command complete continue coproc declare dirs disown do done
  elif else emulate enable end esac eval exec exit export false fc fg fi for foreach function functions getopts hash help
  if in jobs let local nocorrect noglob not or popd pqc-secrets pqx pushd pwd read readonly repeat return select set shift
  shopt source string suspend switch test then time times trap true type typeset ulimit umask unalias unset until wait
  while`.split(/\s+/),
);

export async function alias(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(
    'alias',
    args,
    {},
    { least: 1, most: 1, what: 'a SHELL: bash, zsh or fish' },
  );
  const [shell = ''] = positionals;
  if (!isShell(shell)) {
    throw new Fault('usage', `there are no functions for the shell ${printable(shell)}`, {
      hint: choiceHint(shell, SHELLS, 'pqx alias'),
    });
  }
  const file = await readProfiles(world, options);
  const self = [...world.self.slice(0, -1), lastingPath(world)];
  const names = file === undefined ? [] : literalCommands(file);
  for (const name of names.filter((candidate) => !isTaken(candidate)))
    world.stderr.write(`pqx: no function for ${printable(name)}: no shell takes that name for one\n`);
  world.stdout.write(
    names
      .filter(isTaken)
      .map((name) => functionOf(shell, name, self))
      .join(''),
  );
  return 0;
}

function isShell(text: string): text is Shell {
  return SHELLS.includes(text);
}

function isTaken(name: string): boolean {
  return PLAIN.test(name) && !OWN_WORDS.has(name);
}

/** Each once, in the order of the file. */
function literalCommands(file: ProfileFile): readonly string[] {
  const patterns = file.profiles.flatMap(({ command }) => command);
  const literal = patterns.filter((pattern) => !/[!*?[\]{}\\/]/.test(pattern));
  return [...new Set(literal)];
}

/** With `function` a name is not expanded as an alias that the shell has of it, in none of the three. */
function functionOf(shell: Shell, name: string, self: readonly string[]): string {
  if (shell === 'fish')
    return `function ${name}\n  ${self.map(fishWord).join(' ')} --passthrough -- ${name} $argv\nend\n`;
  return `function ${name} { ${self.map(shellWord).join(' ')} --passthrough -- ${name} "$@"; }\n`;
}
