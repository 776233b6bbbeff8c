/** Globs of profiles: picomatch with one fixed set of options, and lists in which a leading `!` removes (PROFILES, globs). */

import type { PicomatchOptions } from 'picomatch';
import { picomatch } from '#picomatch';
import { Fault } from '../fault.ts';

/** `name`: commands, keys and variables, where `*` stops at `/`. `argument`: one argument, where it does not. */
export type GlobMode = 'name' | 'argument';

export type Matcher = (text: string) => boolean;

/** The longest argument that anything but a bare `*` or `**` matches, in UTF-16 units: regular expressions backtrack. */
export const ARGUMENT_LIMIT = 4096;

const options = (): PicomatchOptions => ({
  dot: true,
  nonegate: true,
  noextglob: true,
  posix: true,
  strictSlashes: true,
  strictBrackets: true,
  // makes a bad range throw instead of matching nothing in silence
  debug: true,
  fastpaths: false,
  literalBrackets: false,
  flags: 's',
});

const SPECIAL = '*?[]{}()|\\+@!"';

export interface GlobProblem {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a pattern (without a leading `!`); undefined when nothing is. */
export function globProblem(pattern: string, mode: GlobMode): GlobProblem | undefined {
  if (pattern === '') return { message: 'an empty pattern matches nothing', hint: 'write * for anything' };
  const bare = pattern.replace(/\\[^A-Za-z0-9]/g, '');
  if (/\\/.test(bare)) {
    return {
      message: 'a backslash before a letter, a digit or nothing has no meaning',
      hint: 'write \\\\ for a backslash',
    };
  }
  if (/[()|]/.test(bare))
    return { message: 'round brackets and | have no meaning', hint: 'write {a,b} for a choice' };
  if (/\{[^}]*\.\.[^}]*\}/.test(bare))
    return { message: '.. between braces is not supported', hint: 'write {1,2,3}' };
  if (mode === 'argument' && pattern !== '**' && (bare.match(/\*/g) ?? []).length > 2) {
    return {
      message: 'a word of an argument pattern holds at most two *',
      hint: 'split it into several patterns',
    };
  }
  try {
    compile(pattern, mode);
    return undefined;
  } catch {
    return {
      message: 'brackets or braces in the pattern do not match, or hold a bad range',
      hint: `write \\[ or \\{ for the character itself`,
    };
  }
}

/** The one text that a pattern stands for, when it has no special characters. */
export function isLiteral(pattern: string): boolean {
  for (const character of SPECIAL) if (pattern.includes(character)) return false;
  return pattern !== '';
}

/** The matcher of one pattern (without a leading `!`). Throws a Fault `profile` for a bad one. */
export function globMatcher(pattern: string, mode: GlobMode): Matcher {
  if (isLiteral(pattern)) return (text) => text === pattern;
  if (mode === 'argument' && pattern === '*') return () => true;
  const problem = globProblem(pattern, mode);
  if (problem !== undefined) throw new Fault('profile', problem.message, { hint: problem.hint });
  const matches = compile(pattern, mode);
  return (text) => text.length <= ARGUMENT_LIMIT && matches(text);
}

/** A leading `!` removes, wherever it stands in the list; a list of only `!` starts from everything; an empty one matches nothing. */
export function listMatcher(patterns: readonly string[], mode: GlobMode): Matcher {
  const removed = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => globMatcher(pattern.slice(1), mode));
  const wanted = patterns
    .filter((pattern) => !pattern.startsWith('!'))
    .map((pattern) => globMatcher(pattern, mode));
  const everything = wanted.length === 0 && removed.length > 0;
  return (text) =>
    (everything || wanted.some((matches) => matches(text))) && !removed.some((matches) => matches(text));
}

/**
 * Both sides are given an `x` in front: picomatch treats the start of a path, `.` and the empty text in ways of their
 * own, and so nothing ever stands at the start. Its expression is asked and not its matcher, for which every pattern
 * also matches its own text: `[ab]` would be a third name, and `\\*` a second one.
 */
function compile(pattern: string, mode: GlobMode): Matcher {
  const expression = picomatch().makeRe(
    `x${pattern}`,
    mode === 'argument' ? { ...options(), bash: true } : options(),
  );
  return (text) => expression.test(`x${text}`);
}
