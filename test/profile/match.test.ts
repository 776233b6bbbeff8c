/** Which profile a command line gets, which lost and why (docs/PROFILES.md, Matching). */
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { chooseProfile, namesCommand, profileByName } from '../../src/profile/match.ts';
import type { FoundCommand, ProfileFile } from '../../src/profile/types.ts';
import { fileOf, found } from './profiles.ts';

const HOME = '/home/u';

async function choose(
  profiles: string | readonly ProfileFile[],
  command: FoundCommand,
  args: readonly string[] = [],
) {
  const files = typeof profiles === 'string' ? [await fileOf(profiles)] : profiles;
  return chooseProfile({ files, command, args, home: HOME });
}

async function chosen(
  profiles: string | readonly ProfileFile[],
  command: FoundCommand,
  args?: readonly string[],
) {
  return (await choose(profiles, command, args)).chosen?.profile.name;
}

const at = (path: string): FoundCommand => ({ typed: path, path, through: 'typed' });
const viaPath = (typed: string, path: string): FoundCommand => ({ typed, path, through: 'path' });

describe('command', () => {
  test.each<readonly [pattern: string, command: FoundCommand, matches: boolean]>([
    ['claude', found('claude'), true],
    ['claude', found('Claude'), false],
    ['claude', found('claude2'), false],
    ['claude', found('claude', 'inside'), false],
    ['claude', at('/usr/bin/claude'), false],
    ['"*"', found('anything'), true],
    ['"*"', found('anything', 'inside'), false],
    ['"*"', at('/usr/bin/claude'), false],
    ['"{aws,sam}"', found('sam'), true],
    ['[a, b]', found('b'), true],
    ['["*", "!sh"]', found('ls'), true],
    ['["*", "!sh"]', found('sh'), false],
    ['["!sh"]', found('ls'), true],
    ['["!sh"]', found('sh'), false],
    ['/usr/bin/claude', at('/usr/bin/claude'), true],
    ['/usr/bin/claude', found('claude'), true],
    ['/usr/bin/claude', found('claude', 'inside'), true],
    ['/usr/bin/claude', viaPath('claude', '/opt/claude'), false],
    ['/usr/bin/*', found('claude'), true],
    ['/usr/bin/*', at('/usr/bin/a/b'), false],
    ['/opt/**/tool', at('/opt/a/b/tool'), true],
    ['~/bin/tool', at('/home/u/bin/tool'), true],
    ['~/bin/tool', at('/home/v/bin/tool'), false],
    ['~/bin/*', viaPath('tool', '/home/u/bin/tool'), true],
    ['./tool', at('/home/u/.config/pqc-secrets/tool'), true],
    ['../../tool', at('/home/u/tool'), true],
    ['./tool', at('/elsewhere/tool'), false],
    ['["/usr/bin/*", "!/usr/bin/sh"]', at('/usr/bin/sh'), false],
    ['claude', { typed: 'claude', path: undefined, through: 'path' }, true],
    ['/usr/bin/claude', { typed: 'claude', path: undefined, through: 'path' }, false],
  ])('%s, for %j: %s', async (pattern, command, matches) => {
    expect(await chosen(`t: { command: ${pattern} }`, command)).toBe(matches ? 't' : undefined);
  });

  test('without a home ~/ matches nothing', async () => {
    const files = [await fileOf('t: { command: ~/bin/tool }')];
    const input = { files, command: at('/bin/tool'), args: [], home: undefined };
    expect(chooseProfile(input).chosen).toBeUndefined();
  });

  test('what is special in a home or in the path of the file is only itself', async () => {
    const files = [await fileOf('t: { command: [~/x, ./y] }', 'user', '/srv/[a]*/p.yaml')];
    const ask = (path: string) =>
      chooseProfile({ files, command: at(path), args: [], home: '/home/{u,v}' }).chosen;
    expect(ask('/home/{u,v}/x')).toBeDefined();
    expect(ask('/home/u/x')).toBeUndefined();
    expect(ask('/srv/[a]*/y')).toBeDefined();
    expect(ask('/srv/ab/y')).toBeUndefined();
  });

  test('a profile without a command matches nothing', async () => {
    expect(await chosen('t: { env: { A: K } }', found('t'))).toBeUndefined();
  });
});

describe('args', () => {
  test.each<readonly [args: string, line: readonly string[], matches: boolean]>([
    ['["run **"]', ['run', 'x'], true],
    ['["run **"]', ['build'], false],
    ['["run **", "exec **"]', ['exec'], true],
    ['[]', [], true],
    ['[]', [''], false],
    ['["**", "!auth **"]', ['pr'], true],
    ['["**", "!auth **"]', ['auth', 'login'], false],
    ['["!auth **"]', ['pr'], true],
    ['["!auth **"]', ['auth'], false],
    ['["* *"]', ['a b', '-\n*'], true],
  ])('%s, for %j: %s', async (args, line, matches) => {
    expect(await chosen(`t: { command: x, args: ${args} }`, found('x'), line)).toBe(
      matches ? 't' : undefined,
    );
  });

  test('left out: every list', async () => {
    expect(await chosen('t: { command: x }', found('x'), ['', 'a b', '-', '\n'])).toBe('t');
  });
});

describe('choice', () => {
  const FIRST_LOSES: readonly (readonly [
    what: string,
    profiles: string,
    command: FoundCommand,
    args: readonly string[],
  ])[] = [
    ['a path over a name', 'a: { command: x }\nb: { command: /usr/bin/x }', found('x'), []],
    ['a path that is a glob over a name', 'a: { command: x }\nb: { command: "/usr/bin/*" }', found('x'), []],
    [
      'a literal path over one that is a glob',
      'a: { command: "/usr/bin/*" }\nb: { command: /usr/bin/x }',
      found('x'),
      [],
    ],
    ['a literal over a glob', 'a: { command: "*" }\nb: { command: x }', found('x'), []],
    [
      'more literal words',
      'a: { command: x, args: ["run **"] }\nb: { command: x, args: ["run now **"] }',
      found('x'),
      ['run', 'now'],
    ],
    [
      'some literal words over none',
      'a: { command: x }\nb: { command: x, args: ["run **"] }',
      found('x'),
      ['run'],
    ],
    [
      'a literal command before literal words',
      'a: { command: "*", args: ["run now"] }\nb: { command: x }',
      found('x'),
      ['run', 'now'],
    ],
    ['the best of several patterns', 'a: { command: "x*" }\nb: { command: ["*", x] }', found('x'), []],
  ];
  test.each(FIRST_LOSES)('%s', async (_, profiles, command, args) => {
    const { chosen: winner, lost } = await choose(profiles, command, args);
    expect(winner?.profile.name).toBe('b');
    expect(lost).toEqual([{ name: 'a', why: 'b is more specific or stands earlier' }]);
  });

  test('of equals, the earlier in the file', async () => {
    expect(await chosen('b: { command: x }\na: { command: x }', found('x'))).toBe('b');
  });

  test('a project file over the user file, but not over what is more specific', async () => {
    const user = await fileOf('a: { command: x }\nb: { command: y }');
    const project = await fileOf('c: { command: x }\nd: { command: "*" }', 'project', '/src/.pqx.yaml');
    expect(await chosen([user, project], found('x'))).toBe('c');
    expect(await chosen([user, project], found('y'))).toBe('b');
  });

  test('whose arguments do not match is named among the lost', async () => {
    const { chosen: winner, lost } = await choose('a: { command: x, args: [run] }', found('x'), ['build']);
    expect(winner).toBeUndefined();
    expect(lost).toEqual([{ name: 'a', why: 'its `args` do not match' }]);
  });

  test('says what matched', async () => {
    const { chosen: winner } = await choose('a: { command: "{x,y}", args: ["run **"] }', found('x'), ['run']);
    expect(winner?.why).toBe('its command {x,y} and its `args` matched');
  });
});

describe('-p', () => {
  test('chooses whatever the command and the arguments are', async () => {
    const files = [await fileOf('a: { command: x, args: [] }')];
    expect(profileByName(files, 'a').profile.name).toBe('a');
  });

  test('a name that is not there: the nearest', async () => {
    const files = [await fileOf('claude: {}\ncodex: {}')];
    const refused = () => profileByName(files, 'cluade');
    expect(refused).toThrow(Fault);
    expect(refused).toThrow('there is no profile cluade');
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ code: 'no-profile', hint: 'did you mean claude?' });
    }
  });

  test('whether the profile names the command itself', async () => {
    const files = [await fileOf('a: { command: x }')];
    const chosenByName = profileByName(files, 'a');
    const ask = (typed: string) =>
      namesCommand(chosenByName, { files, command: found(typed), args: [], home: HOME });
    expect([ask('x'), ask('y')]).toEqual([true, false]);
  });
});
