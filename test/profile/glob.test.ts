/** Globs exactly as docs/PROFILES.md has them, and the places where picomatch's defaults would differ. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import {
  ARGUMENT_LIMIT,
  type GlobMode,
  globMatcher,
  globProblem,
  listMatcher,
} from '../../src/profile/glob.ts';

interface Row {
  readonly pattern: string;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
}

const row = (pattern: string, matches: readonly string[], misses: readonly string[]): Row => ({
  pattern,
  matches,
  misses,
});

/** The same in names and in arguments. */
const BOTH: readonly Row[] = [
  row('a', ['a'], ['', 'A', 'aa', 'a\n', '\na', './a', ' a']),
  row('*', ['', 'a', '.', '..', '.hidden', '-x', 'a b', 'a\nb', '\n', '*', '!', 'ä', '💥', '\u{dc80}'], []),
  row('a*', ['a', 'ab', 'a.b', 'a\nb', 'a*'], ['', 'ba', 'A']),
  row('*.txt', ['.txt', 'a.txt', 'a.b.txt'], ['txt', 'a.txt.']),
  row('?', ['a', '.', ' ', '\n', '?', '-'], ['', 'ab']),
  row('a?c', ['abc', 'a c', 'a\tc', 'a\nc', 'a.c'], ['ac', 'abbc']),
  row('[ab]', ['a', 'b'], ['', 'c', 'ab', '[ab]']),
  row('[!a]', ['b', '!', '.', '\n'], ['a', '', 'bb']),
  row('[^a]', ['b', '.'], ['a', '', '^^']),
  row('[a-c]x', ['ax', 'cx'], ['dx', '-x', 'x']),
  row('[]]', [']'], ['[', '']),
  row('[[:upper:]]', ['A', 'Z'], ['a', '1', ':']),
  row('{a,b}', ['a', 'b'], ['', 'c', 'ab', '{a,b}']),
  row('{a,b}c', ['ac', 'bc'], ['c', 'a']),
  row('x{,y}', ['x', 'xy'], ['xx', '{,y}']),
  row('{a,{b,c}}', ['a', 'b', 'c'], ['{b', 'bc']),
  row('\\*', ['*'], ['a', '', '\\*', '\\']),
  row('\\[a\\]', ['[a]'], ['a', '\\[a\\]']),
  row('\\{a,b\\}', ['{a,b}'], ['a', 'b']),
  row('\\\\', ['\\'], ['\\\\', '']),
  row('\\(a\\)', ['(a)'], ['a']),
  row('a.b', ['a.b'], ['axb', 'a/b']),
  row('a+', ['a+'], ['a', 'aa']),
  row('a@b', ['a@b'], ['ab']),
  row('$HOME', ['$HOME'], ['HOME']),
  row('^a$', ['^a$'], ['a']),
  row('a b', ['a b'], ['a', 'ab', 'a  b']),
];

const NAMES: readonly Row[] = [
  row('*', [], ['/', 'a/b', './a', '/a']),
  row('?', [], ['/']),
  row('[!a]', [], ['/']),
  row(
    '/usr/bin/*',
    ['/usr/bin/env', '/usr/bin/.x'],
    ['/usr/bin/', '/usr/bin/a/b', '/usr/bin', 'usr/bin/env'],
  ),
  row(
    '/opt/**/tool',
    ['/opt/tool', '/opt/a/tool', '/opt/a/b/tool', '/opt/.a/tool'],
    ['/opt/a/toolx', '/tool'],
  ),
  row('/opt/**', ['/opt/a', '/opt/a/b', '/opt/.a'], ['/opts', '/other/opt/a']),
  row('**', ['', 'a', '.'], ['a/b', '/a']),
];

const ARGUMENTS: readonly Row[] = [
  row('*', ['/', 'a/b', './a', '/a', 'https://a.b/c?d=e'], []),
  row('--file=*', ['--file=', '--file=/a/b', '--file=a b'], ['--file', '-file=']),
  row('*/*', ['a/b', 'a/b/c', '/'], ['a', '']),
  row('s3://*', ['s3://b/k/x'], ['s3:/b']),
];

describe.each<{ mode: GlobMode; rows: readonly Row[] }>([
  { mode: 'name', rows: [...BOTH, ...NAMES] },
  { mode: 'argument', rows: [...BOTH, ...ARGUMENTS] },
])('globs of kind $mode', ({ mode, rows }) => {
  test.each(rows)('$pattern', ({ pattern, matches, misses }) => {
    const matcher = globMatcher(pattern, mode);
    expect(matches.filter((text) => !matcher(text))).toEqual([]);
    expect(misses.filter(matcher)).toEqual([]);
  });

  const WRONG = [
    ['', /empty pattern/],
    ['a(b', /round brackets/],
    ['a)b', /round brackets/],
    ['a|b', /round brackets/],
    ['@(a|b)', /round brackets/],
    ['!(a)', /round brackets/],
    ['{1..3}', /\.\. between braces/],
    ['a{b..d}', /\.\. between braces/],
    ['\\a', /backslash before a letter/],
    ['\\1', /backslash before a letter/],
    ['a\\', /backslash before a letter/],
    ['\\d+', /backslash before a letter/],
    ['[', /brackets or braces/],
    ['[a', /brackets or braces/],
    ['[z-a]', /brackets or braces/],
    ['{a,b', /brackets or braces/],
    ['a]', /brackets or braces/],
  ] as const;
  test.each(WRONG)('%s is refused, with what to write', (pattern, message) => {
    expect(globProblem(pattern, mode)?.message).toMatch(message);
    expect(globProblem(pattern, mode)?.hint).toMatch(/\S/);
    expect(() => globMatcher(pattern, mode)).toThrow(Fault);
  });

  test('a text without special characters matches itself alone', () => {
    const plain = fc.string({
      unit: fc.constantFrom('a', 'B', '.', '-', '_', '/', ' ', '\n', 'é', '$', '^'),
    });
    fc.assert(
      fc.property(plain, plain, (pattern, text) => {
        fc.pre(pattern !== '');
        expect(globMatcher(pattern, mode)(text)).toBe(pattern === text);
      }),
    );
  });

  test('an escaped text matches itself alone, whatever it holds', () => {
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(any, any, (wanted, text) => {
        const pattern = wanted.replace(/[^A-Za-z0-9]/gu, '\\$&');
        expect(globMatcher(pattern, mode)(wanted)).toBe(true);
        expect(globMatcher(pattern, mode)(text)).toBe(wanted === text);
      }),
    );
  });
});

describe("what a stranger's text can cost", () => {
  test('a word of an argument pattern holds at most two *', () => {
    expect(globProblem('*a*b', 'argument')).toBeUndefined();
    expect(globProblem('*a*a*b', 'argument')?.message).toMatch(/at most two \*/);
    expect(globProblem('a\\*b\\*c\\*', 'argument')).toBeUndefined();
    expect(globProblem('*a*a*b', 'name')).toBeUndefined();
  });

  test('an argument over the limit matches only what matches everything', () => {
    const long = 'a'.repeat(ARGUMENT_LIMIT + 1);
    expect(ARGUMENT_LIMIT).toBe(4096);
    expect(globMatcher('*', 'argument')(long)).toBe(true);
    expect(globMatcher('a*', 'argument')(long)).toBe(false);
    expect(globMatcher('a*', 'argument')(long.slice(1))).toBe(true);
    expect(globMatcher(long, 'argument')(long)).toBe(true);
  });
});

describe('lists', () => {
  const rows: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
    [[], [], ['', 'a']],
    [
      ['a', 'b'],
      ['a', 'b'],
      ['c', ''],
    ],
    [
      ['AWS_*', '!AWS_ROOT_*'],
      ['AWS_A', 'AWS_'],
      ['AWS_ROOT_A', 'B'],
    ],
    [['!AWS_ROOT_*', 'AWS_*'], ['AWS_A'], ['AWS_ROOT_A', 'B']],
    [['!a'], ['', 'b', '!a'], ['a']],
    [['!a', '!b'], ['c'], ['a', 'b']],
    [['a*', '!ab', 'ab'], ['a', 'ac'], ['ab']],
    [['\\!a'], ['!a'], ['a']],
  ];
  test.each(rows)('%j', (patterns, matches, misses) => {
    const matcher = listMatcher(patterns, 'name');
    expect(matches.filter((text) => !matcher(text))).toEqual([]);
    expect(misses.filter(matcher)).toEqual([]);
  });

  test('adding a pattern with ! never lets more through, wherever it stands', () => {
    const names = ['', 'a', 'b', 'ab', 'ba', 'c'];
    const pattern = fc.constantFrom('a', 'b', 'a*', '*b', '?', '*', '!a', '!b*', '!*');
    const removal = fc.constantFrom('!a', '!b', '!a*', '!?');
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1 }), removal, fc.nat(8), (patterns, extra, at) => {
        const before = listMatcher(patterns, 'name');
        const narrowed = listMatcher([...patterns.slice(0, at), extra, ...patterns.slice(at)], 'name');
        expect(names.filter((name) => narrowed(name) && !before(name))).toEqual([]);
        expect(narrowed(extra === '!a*' ? 'ab' : extra === '!?' ? 'c' : extra.slice(1))).toBe(false);
      }),
    );
  });
});
