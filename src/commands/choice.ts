/** A choice among a few: the subwords of a word, shells, formats. */
import { Fault, printable } from '../fault.ts';
import { nearest } from '../profile/nearest.ts';

/**
 * The hint for what is none of `names`: the nearest, or else `line` with one of them behind it, which can be typed as it
 * stands, and what may stand there besides.
 */
export function choiceHint(typed: string, names: readonly string[], line: string): string {
  const [near, ...more] = nearest(typed, names);
  if (near !== undefined && more.length === 0) return `did you mean ${near}?`;
  const [first = '', ...others] = names;
  return `${line} ${first}   or ${others.join(', ')}`;
}

/** The subword of `word` that `args` begin with, or the usual one where they begin with none. A Fault `usage` for another. */
export function subwordOf<T extends string>(
  word: string,
  args: readonly string[],
  subwords: readonly T[],
  usual?: T,
): { readonly subword: T; readonly rest: readonly string[] } {
  const [first, ...rest] = args;
  const subword = subwords.find((name) => name === first);
  if (subword !== undefined) return { subword, rest };
  const isNone = first === undefined || first.startsWith('-');
  if (isNone && usual !== undefined) return { subword: usual, rest: args };
  const line = `pqx ${word}`;
  throw isNone
    ? new Fault('usage', `\`${word}\` needs one of ${subwords.join(', ')}`, { hint: `pqx help ${word}` })
    : new Fault('usage', `\`${word}\` has no \`${printable(first)}\``, {
        hint: choiceHint(first, subwords, line),
      });
}
