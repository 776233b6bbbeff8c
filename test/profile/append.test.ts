/** `profiles add`: one profile more, and every other byte of the file as it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { addProfile } from '../../src/profile/append.ts';
import { knownTools, profileLines } from '../../src/profile/examples.ts';
import { PATH, parse } from './profiles.ts';

const LINES = ['command: new', 'env: { A: K }'];
const add = (text: string, name = 'new') => addProfile(text, PATH, name, LINES);

describe('the whole of the new text', () => {
  test.each([
    ['nothing', '', 'version: 1\nprofiles:\n  new:\n    command: new\n    env: { A: K }\n'],
    ['blank lines', '\n \n', 'version: 1\nprofiles:\n  new:\n    command: new\n    env: { A: K }\n'],
    [
      'a version alone',
      '# mine\nversion: 1',
      '# mine\nversion: 1\nprofiles:\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'profiles without any',
      'version: 1\nprofiles:\n',
      'version: 1\nprofiles:\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'an empty map',
      'version: 1\nprofiles: {} # none yet\n',
      'version: 1\nprofiles:  # none yet\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'profiles, comments, and an indentation of four',
      'version: 1 # one\nprofiles:\n    # first\n    a: # a\n        command: a\n\n    # last\n',
      'version: 1 # one\nprofiles:\n    # first\n    a: # a\n        command: a\n\n    # last\n    new:\n      command: new\n      env: { A: K }\n',
    ],
    [
      'no newline at the end',
      'version: 1\nprofiles:\n  a: { command: a }',
      'version: 1\nprofiles:\n  a: { command: a }\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'lines that end as on Windows',
      'version: 1\r\nprofiles:\r\n  a: {}\r\n',
      'version: 1\r\nprofiles:\r\n  a: {}\r\n  new:\r\n    command: new\r\n    env: { A: K }\r\n',
    ],
    [
      'a text of several lines at the end',
      'version: 1\nprofiles:\n  a:\n    env:\n      X:\n        value: |+\n          one\n\n',
      'version: 1\nprofiles:\n  a:\n    env:\n      X:\n        value: |+\n          one\n\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'a byte order mark',
      '\ufeffversion: 1\nprofiles:\n  a: {}\n',
      '\ufeffversion: 1\nprofiles:\n  a: {}\n  new:\n    command: new\n    env: { A: K }\n',
    ],
    [
      'names that are special to JavaScript',
      'version: 1\nprofiles:\n  __proto__: {}\n',
      'version: 1\nprofiles:\n  __proto__: {}\n  new:\n    command: new\n    env: { A: K }\n',
    ],
  ])('%s', async (_, before, after) => {
    expect(await add(before)).toBe(after);
  });
});

describe('refused, and the file is left alone', () => {
  test.each([
    ['a profile of that name', 'version: 1\nprofiles:\n  new: {}\n', /^there is a profile new in /],
    ['a flow map', 'version: 1\nprofiles: { a: {} }\n', /only be added where `profiles:` is the last map/],
    ['JSON', '{ "version": 1, "profiles": { "a": {} } }\n', /only be added where/],
    ['profiles that are not last', 'version: 1\nprofiles:\n  a: {}\nsettings: {}\n', /only be added where/],
    ['a document that has ended', 'version: 1\nprofiles:\n  a: {}\n...\n', /only be added where/],
    ['a tab in the last line', 'version: 1\nprofiles:\n  a:\n\t\n', /only be added where/],
    ['a broken file', 'version: 1\nprofiles:\n  a: { comand: x }\n', /unknown field `comand`/],
  ])('%s', async (_, before, message) => {
    await expect(add(before)).rejects.toThrow(message);
    const fault = await add(before).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'profile', hint: expect.stringMatching(/\S/) });
  });
});

test('whatever the file looks like: its text is the start of the new one, and its profiles are what they were', async () => {
  const pieces = fc.constantFrom(
    ...[
      '  a:\n    command: a\n',
      '  b: {}\n',
      '  c:\n',
      '\n',
      '# at the start\n',
      '  # a comment\n',
      '    # deep\n',
    ],
    ...[
      '  d:\n    env:\n      X: { value: "x # y" }\n',
      "  e: { description: 'it''s' }\n",
      '  f:\n    keys:\n      - "A*"\n',
    ],
    ...['  g:\n    description: >-\n      folded\n      text\n', '   \n'],
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(pieces, { maxLength: 8 }), fc.boolean(), async (parts, cut) => {
      const text = `version: 1\nprofiles:\n${parts.join('')}`;
      const before = cut ? text.replace(/\n$/, '') : text;
      const file = await parse(before).catch(() => undefined);
      fc.pre(file !== undefined);
      const after = await add(before);
      expect(after.startsWith(before)).toBe(true);
      const { profiles } = await parse(after);
      expect(profiles.slice(0, -1)).toEqual(file?.profiles);
      expect(profiles.at(-1)).toMatchObject({ name: 'new', command: ['new'] });
    }),
    { numRuns: 400 },
  );
});

describe('built-in profiles', () => {
  test.each(knownTools())(
    '%s can be added to an empty file, matches its tool and grants something',
    async (tool) => {
      const text = await addProfile('', PATH, tool, profileLines(tool, []));
      const [profile] = (await parse(text)).profiles;
      expect(profile?.name).toBe(tool);
      expect(profile?.command.join()).toContain(tool);
      expect((profile?.env.length ?? 0) + (profile?.keys?.length ?? 0)).toBeGreaterThan(0);
    },
  );

  test.each(['true', 'Null', '1', '0x1f', '1e3', '7z', '+x', 'a+b', 'python3.13'])(
    'a program called %s gets a profile that matches it',
    async (tool) => {
      const text = await addProfile('', PATH, tool, profileLines(tool, [{ variable: 'null', key: 'true' }]));
      const [profile] = (await parse(text)).profiles;
      expect(profile).toMatchObject({ name: tool, command: [tool] });
      expect(profile?.env[0]).toMatchObject({ name: 'null', source: { kind: 'key', key: 'true' } });
    },
  );

  test('with grants of the user’s: these, and the built-in command and arguments', async () => {
    expect(profileLines('npm', [{ variable: 'T', key: 'K' }])).toEqual([
      'description: npm publish',
      'command: npm',
      'args: ["publish **"]',
      'env: { T: K }',
    ]);
    expect(
      profileLines('mytool', [
        { variable: 'T', key: 'K' },
        { variable: 'U', key: 'L' },
      ]),
    ).toEqual(['command: mytool', 'env: { T: K, U: L }']);
  });
});
