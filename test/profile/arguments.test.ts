/** Argument patterns: words split on white space, each a glob for one argument, `**` for any number of arguments. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentProblem, argumentsMatcher, literalWords } from '../../src/profile/arguments.ts';

type Lists = readonly (readonly string[])[];

const ROWS: readonly (readonly [pattern: string, matches: Lists, misses: Lists])[] = [
  ['run', [['run']], [[], ['run', 'x'], ['RUN'], ['r', 'un'], ['run ']]],
  ['run **', [['run'], ['run', 'x'], ['run', '', '-x', 'a b', '**']], [[], ['x', 'run'], ['--', 'run']]],
  ['** run', [['run'], ['a', 'run'], ['run', 'run']], [['run', 'a'], []]],
  ['**', [[], ['a'], ['', '', '\n']], []],
  ['** **', [[], ['a', 'b', 'c']], []],
  [
    'a ** b',
    [
      ['a', 'b'],
      ['a', 'x', 'b'],
      ['a', 'b', 'b'],
    ],
    [['a'], ['b'], ['ab'], ['a', 'b', 'c']],
  ],
  [
    'a ** b ** c',
    [
      ['a', 'b', 'c'],
      ['a', '1', 'b', '2', '3', 'c'],
      ['a', 'b', 'b', 'c', 'c'],
    ],
    [['a', 'c', 'b']],
  ],
  ['*', [[''], ['a'], ['a b'], ['-'], ['--x=1\n2']], [[], ['a', 'b']]],
  [
    '* *',
    [
      ['a', 'b'],
      ['', ''],
    ],
    [['a'], ['a', 'b', 'c']],
  ],
  [
    'push --force?x',
    [
      ['push', '--force x'],
      ['push', '--force=x'],
    ],
    [['push', '--force', 'x']],
  ],
  ['a?b', [['a b'], ['a\nb'], ['a\tb']], [['a', 'b']]],
  ['  spaced \t\n words  ', [['spaced', 'words']], [['spaced'], ['', 'spaced', 'words']]],
  ['--x=*', [['--x='], ['--x=/a b/c']], [['--x'], ['--x', 'a']]],
  ['-* **', [['-'], ['-a', 'b'], ['--']], [[], ['a', '-a']]],
  ['{run,create} **', [['run'], ['create', 'x']], [['exec']]],
  ['\\*', [['*']], [['a'], []]],
  ['[!-]* **', [['a'], ['ab', '-c']], [['-a'], ['']]],
];

test.each(ROWS)('%s', (pattern, matches, misses) => {
  expect(argumentProblem(pattern)).toBeUndefined();
  const matcher = argumentsMatcher(pattern);
  expect(matches.filter((args) => !matcher(args))).toEqual([]);
  expect(misses.filter((args) => matcher(args))).toEqual([]);
});

test.each([
  ['', /empty argument pattern/],
  ['  \t ', /empty argument pattern/],
  ['run *a*a*', /at most two \*/],
  ['run ***', /at most two \*/],
  ['a (b)', /round brackets/],
  ['a [b', /brackets or braces/],
])('%j is refused', (pattern, message) => {
  expect(argumentProblem(pattern)?.message).toMatch(message);
});

test('many ** over many arguments are matched without trying every division', () => {
  const pattern = Array.from({ length: 30 }, () => '** a').join(' ');
  const args = Array.from({ length: 2000 }, () => 'a');
  expect(argumentsMatcher(pattern)(args)).toBe(true);
  // A matcher that backtracks would not end in the age of the universe.
  expect(argumentsMatcher(`${pattern} b`)(args)).toBe(false);
});

describe('literal words', () => {
  test.each([
    ['run **', 1],
    ['**', 0],
    ['compose up -d', 3],
    ['a* b? [c] {d,e} f', 1],
  ])('%s has %i', (pattern, count) => {
    expect(literalWords(pattern)).toBe(count);
  });
});

/** What `**` means, said as simply as it can be. */
function bySplitting(words: readonly string[], args: readonly string[]): boolean {
  const [word, ...rest] = words;
  if (word === undefined) return args.length === 0;
  if (word === '**') return args.some((_, at) => bySplitting(rest, args.slice(at))) || bySplitting(rest, []);
  return args.length > 0 && (word === '*' || word === args[0]) && bySplitting(rest, args.slice(1));
}

test('agrees with trying every division, on small lists', () => {
  const word = fc.constantFrom('**', '*', 'a', 'b');
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 5 }),
      fc.array(fc.constantFrom('a', 'b', ''), { maxLength: 5 }),
      (words, args) => {
        expect(argumentsMatcher(words.join(' '))(args)).toBe(bySplitting(words, args));
      },
    ),
    { numRuns: 2000 },
  );
});
