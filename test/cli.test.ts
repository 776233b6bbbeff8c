/** The command line as a value: where options end, what is a word, and what is wrong (pqx --help). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frontOptions, isLaunchLine, parseCommandLine } from '../src/cli.ts';
import { Fault } from '../src/fault.ts';
import { allWords, legacyWords, reservedWords } from '../src/words.ts';

const NO_OPTIONS = { quiet: false, verbose: false, reveal: false, grants: [] };

function refusal(args: readonly string[]): { readonly message: string; readonly hint: string | undefined } {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code).toBe('usage');
    return { message: error.message, hint: error.hint };
  }
  throw new Error('the line was taken');
}

test('what completion offers before COMMAND is taken there: options alone, and those with a value', () => {
  const { flags, valued } = frontOptions();
  for (const flag of flags) expect(() => parseCommandLine([flag, 'x'])).not.toThrow();
  for (const option of valued) {
    expect(refusal([option])).toEqual({ message: `${option} needs a value`, hint: 'pqx --help' });
    expect(parseCommandLine([option, 'A=K', 'x'])).toMatchObject({ kind: 'launch', command: 'x' });
  }
});

describe('launches', () => {
  test.each<[line: string[], command: string, args: string[], options?: object]>([
    [['claude'], 'claude', []],
    [['claude', '--help'], 'claude', ['--help']],
    [['claude', '-p', 'x', '--', '-q'], 'claude', ['-p', 'x', '--', '-q']],
    [['x', '', ' ', '\n', '-', '\udcff'], 'x', ['', ' ', '\n', '-', '\udcff']],
    [['--', 'claude', '-h'], 'claude', ['-h']],
    [['--', '--'], '--', []],
    [['--', '-x'], '-x', []],
    [['--', 'list'], 'list', []],
    [['--', 'run', 'x'], 'run', ['x']],
    [['-q', '--', 'list'], 'list', [], { quiet: true }],
    [['-'], '-', []],
    [['run', 'list'], 'list', []],
    [['run', '--', 'list', '-h'], 'list', ['-h']],
    [['run', 'run'], 'run', []],
    [['run', '-p', 'a', 'list'], 'list', [], { profile: 'a' }],
    [['-p', 'a', 'run', '-q', 'x'], 'x', [], { profile: 'a', quiet: true }],
    [['-p', 'a', 'x', '-p', 'b'], 'x', ['-p', 'b'], { profile: 'a' }],
    [['-pa', 'x'], 'x', [], { profile: 'a' }],
    [['-p=a', 'x'], 'x', [], { profile: '=a' }],
    [['--profile', 'a', 'x'], 'x', [], { profile: 'a' }],
    [['--profile=a', 'x'], 'x', [], { profile: 'a' }],
    [['--profile=a=b', 'x'], 'x', [], { profile: 'a=b' }],
    [['-p', '-q', 'x'], 'x', [], { profile: '-q' }],
    [['-p', 'a', '-p', 'b', 'x'], 'x', [], { profile: 'b' }],
    [['--bundle', 'b', '--profiles=p', 'x'], 'x', [], { bundle: 'b', profiles: 'p' }],
    [['-q', '-v', '--reveal', 'x'], 'x', [], { quiet: true, verbose: true, reveal: true }],
    [['--quiet', '--verbose', 'x'], 'x', [], { quiet: true, verbose: true }],
    [
      ['--env', 'A=K', '--env=B=L', '--env', 'A=M', 'x'],
      'x',
      [],
      {
        grants: [
          { variable: 'A', key: 'K' },
          { variable: 'B', key: 'L' },
          { variable: 'A', key: 'M' },
        ],
      },
    ],
    [['./x'], './x', []],
    [['/usr/bin/list'], '/usr/bin/list', []],
    [['LIST'], 'LIST', []],
  ])('%j', (line, command, args, options = {}) => {
    expect(parseCommandLine(line)).toMatchObject({
      kind: 'launch',
      command,
      args,
      dryRun: false,
      options: { ...NO_OPTIONS, ...options },
    });
    expect(isLaunchLine(line)).toBe(true);
  });

  test('--dry-run', () => {
    expect(parseCommandLine(['--dry-run', 'x', '--dry-run'])).toMatchObject({
      kind: 'launch',
      command: 'x',
      args: ['--dry-run'],
      dryRun: true,
    });
  });

  test('what stands behind COMMAND is handed on as it is, whatever it is', () => {
    const argument = fc.oneof(
      fc.constantFrom('--', '-p', '-h', '--env', '--env=A=B', 'run', 'list', '-V', '--bundle', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(argument), fc.boolean(), (args, separated) => {
        const line = separated ? ['-q', '--', 'tool', ...args] : ['-q', 'tool', ...args];
        expect(parseCommandLine(line)).toMatchObject({ kind: 'launch', command: 'tool', args });
      }),
    );
  });
});

describe('words', () => {
  test.each(allWords())('%s, with what stands behind it', (word) => {
    expect(parseCommandLine([word, '--x', 'y'])).toMatchObject({ kind: 'word', word, args: ['--x', 'y'] });
    expect(isLaunchLine([word])).toBe(false);
  });

  test.each<readonly [line: readonly string[], options: object]>([
    [['-q', 'list'], { quiet: true }],
    [['--verbose', 'list'], { verbose: true }],
    [['--bundle', 'b', 'list'], { bundle: 'b' }],
    [['--bundle=b', '--profiles', 'p', 'list'], { bundle: 'b', profiles: 'p' }],
  ])('%j: options that words take', (line, options) => {
    expect(parseCommandLine(line)).toMatchObject({ kind: 'word', word: 'list', options });
    expect(isLaunchLine(line)).toBe(false);
  });

  test.each<readonly [line: readonly string[], hint: string]>([
    [['-p', 'a', 'list'], 'pqx run -p a -- list   launches a program of that name'],
    [['--profile=a', 'list'], 'pqx run -p a -- list   launches a program of that name'],
    [['--env', 'A=K', 'list'], 'pqx run --env A=K -- list   launches a program of that name'],
    [['--dry-run', 'list'], 'pqx run -- list   launches a program of that name'],
    [['--reveal', 'export'], 'pqx run -- export   launches a program of that name'],
  ])('%j: options of launches are refused before a word', (line, hint) => {
    const said = refusal(line);
    expect(said.message).toMatch(/ is for launches, and `(list|export)` is a word of pqx$/);
    expect(said.hint).toBe(hint);
    expect(isLaunchLine(line)).toBe(false);
  });

  test('no word is reserved as well, and those of the older tool are words', () => {
    expect(allWords().filter((word) => reservedWords().includes(word))).toEqual([]);
    expect(legacyWords().filter((word) => !allWords().includes(word))).toEqual([]);
  });

  test.each(reservedWords())('%s is kept for later', (word) => {
    const said = refusal([word, 'x']);
    expect(said.message).toContain(`\`${word}\` is a word that pqx keeps for later`);
    expect(said.hint).toBe(`pqx -- ${word}   launches a program of that name`);
    expect(isLaunchLine([word])).toBe(false);
  });
});

test.each<readonly [line: readonly string[], kind: string]>([
  [[], 'nothing'],
  [['-h'], 'help'],
  [['--help'], 'help'],
  [['-q', '--help', 'x'], 'help'],
  [['-V'], 'version'],
  [['--version', 'list'], 'version'],
])('%j is %s', (line, kind) => {
  expect(parseCommandLine(line).kind).toBe(kind);
});

test('run --help is help about run', () => {
  expect(parseCommandLine(['run', '--help'])).toMatchObject({ kind: 'word', word: 'help', args: ['run'] });
});

describe('wrong lines', () => {
  test.each<readonly [line: readonly string[], message: string | RegExp]>([
    [['-x', 'y'], 'unknown option -x'],
    [['--nope', 'y'], 'unknown option --nope'],
    [['--nope=s3cret', 'y'], 'unknown option --nope'],
    [['-qv', 'y'], 'unknown option -qv'],
    [['--quiet=yes', 'y'], 'unknown option --quiet'],
    [['-p'], '-p needs a value'],
    [['--bundle'], '--bundle needs a value'],
    [['--profile=', 'x'], '--profile needs a value that is not empty'],
    [['-p', '', 'x'], '-p needs a value that is not empty'],
    [['--bundle', '', 'x'], '--bundle needs a value that is not empty'],
    [['--env'], '--env needs a value'],
    [['--env', 'A', 'x'], /^--env takes VAR=KEY/],
    [['--env', '=K', 'x'], /^--env takes VAR=KEY/],
    [['--env', 'A=', 'x'], /^--env takes VAR=KEY/],
    [['--env', 'A=sk-live-s3cret', 'x'], /^--env takes VAR=KEY/],
    [['--env', 'A=K=L', 'x'], /^--env takes VAR=KEY/],
    [['--env', '1A=K', 'x'], /^--env takes VAR=KEY/],
    [['-q'], 'no COMMAND after the options'],
    [['-p', 'a'], 'no COMMAND after the options'],
    [['run'], 'no COMMAND to launch'],
    [['run', '-p', 'a'], 'no COMMAND to launch'],
    [['run', '--'], 'no COMMAND to launch'],
    [['--'], 'no COMMAND to launch'],
    [[''], 'no COMMAND to launch'],
    [['--', ''], 'no COMMAND to launch'],
  ])('%j: a launch’s failure', (line, message) => {
    const said = refusal(line);
    if (typeof message === 'string') expect(said.message).toBe(message);
    else expect(said.message).toMatch(message);
    expect(said.hint).toMatch(/\S/);
    expect(`${said.message}${said.hint}`).not.toMatch(/s3cret/);
    expect(isLaunchLine(line)).toBe(true);
  });
});

test('whatever the arguments are: a value, or a fault with a hint that repeats no value', () => {
  const argument = fc.oneof(
    fc.constantFrom(
      '--',
      '-p',
      '-h',
      '--env',
      'A=K',
      'A=s3cret!',
      'run',
      'list',
      '-V',
      '--bundle',
      '',
      '-',
      '-q',
      'x',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (line) => {
      try {
        parseCommandLine(line);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect(error).toMatchObject({ code: 'usage', hint: expect.stringMatching(/\S/) });
        expect((error as Fault).message).not.toContain('s3cret!');
      }
    }),
    { numRuns: 2000 },
  );
});
