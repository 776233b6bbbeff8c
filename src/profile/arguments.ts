/** Argument patterns of profiles: words split on white space, each a glob for one argument, `**` for any number of them. */
import { type GlobProblem, globMatcher, globProblem, type Matcher } from './glob.ts';

/** What is wrong with an argument pattern; undefined when nothing is. */
export function argumentProblem(pattern: string): GlobProblem | undefined {
  const words = wordsOf(pattern);
  if (words.length === 0)
    return {
      message: 'an empty argument pattern matches nothing',
      hint: 'args: []   stands for no arguments',
    };
  for (const word of words) {
    const problem = word === '**' ? undefined : globProblem(word, 'argument');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Whether the whole list of arguments is of the pattern. Time grows with words times arguments, whatever they hold. */
export function argumentsMatcher(pattern: string): (args: readonly string[]) => boolean {
  const words = wordsOf(pattern).map((word): Matcher | 'any' =>
    word === '**' ? 'any' : globMatcher(word, 'argument'),
  );
  return (args) => {
    // reach[i]: the words so far can have taken exactly the first i arguments
    let reach = args.map(() => false);
    reach.unshift(true);
    for (const word of words) reach = word === 'any' ? fillForward(reach) : step(reach, word, args);
    return reach.at(-1) === true;
  };
}

/** How many words of the pattern are no globs: the more, the more specific. */
export function literalWords(pattern: string): number {
  return wordsOf(pattern).filter((word) => !/[*?[\]{}]/.test(word)).length;
}

function wordsOf(pattern: string): readonly string[] {
  return pattern.split(/\s+/).filter((word) => word !== '');
}

function fillForward(reach: readonly boolean[]): boolean[] {
  const first = reach.indexOf(true);
  return reach.map((_, at) => first >= 0 && at >= first);
}

function step(reach: readonly boolean[], matches: Matcher, args: readonly string[]): boolean[] {
  return reach.map((_, at) => at > 0 && reach[at - 1] === true && matches(args[at - 1] ?? ''));
}
