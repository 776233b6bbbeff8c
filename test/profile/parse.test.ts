/** What a profile file may say; and for whatever else, its place, one line and the edit that mends it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import { PROFILE_FILE_LIMIT } from '../../src/profile/types.ts';
import { failureText } from '../../src/terminal/report.ts';
import { fileOf, PATH, parse, profileOf } from './profiles.ts';

/** The fault, as a user reads it: `line:column message`. */
async function refusal(text: string): Promise<{ readonly said: string; readonly hint: string | undefined }> {
  try {
    await parse(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect({ code: error.code, file: error.place?.file }).toEqual({ code: 'profile', file: PATH });
    return { said: `${error.place?.line}:${error.place?.column} ${error.message}`, hint: error.hint };
  }
  throw new Error('the file was taken');
}

const inProfile = (fields: string) => `version: 1\nprofiles:\n  a:\n    ${fields}\n`;
const FORMS = 'VARIABLE: KEY, or { key: … }, { value: … }, { template: … }, { unset: true }';

const WRONG: readonly (readonly [what: string, text: string, said: string, hint: string | RegExp])[] = [
  ['an empty file', '', '1:1 the file is empty', 'version: 1'],
  ['a comment alone', '# x\n', '1:1 the file is empty', 'version: 1'],
  ['a text', 'a\n', '1:1 the file is a map', 'version: 1'],
  ['a list', '- a\n', '1:1 the file is a map', 'version: 1'],
  ['no version', 'profiles: {}\n', '1:1 the file has no `version`', 'version: 1'],
  ['a later version', 'version: 2\n', '1:10 version is 1', 'version: 1'],
  ['a version that is text', 'version: "1"\n', '1:10 version is 1', 'version: 1'],
  [
    'an unknown field',
    'version: 1\nprofile: {}\n',
    '2:1 unknown field `profile` in the file',
    'did you mean profiles?',
  ],
  [
    'an unknown field of a profile',
    inProfile('comand: x'),
    '4:5 unknown field `comand` in profiles.a',
    'did you mean command?',
  ],
  [
    'a field like none',
    inProfile('zzz: x'),
    '4:5 unknown field `zzz` in profiles.a',
    /^fields: .*command.*env/,
  ],
  ['a merge key', inProfile('<<: {}'), '4:5 unknown field `<<` in profiles.a', /^fields: /],
  [
    '__proto__ as a field',
    inProfile('__proto__: {}'),
    '4:5 unknown field `__proto__` in profiles.a',
    /^fields: /,
  ],
  [
    'constructor as a field',
    'version: 1\nconstructor: {}\n',
    '2:1 unknown field `constructor` in the file',
    /^fields: /,
  ],
  [
    'a profile that stands twice',
    'version: 1\nprofiles:\n  a: {}\n  b: {}\n  a: {}\n',
    '5:3 this key stands twice in its map',
    'remove or rename one of the two',
  ],
  [
    'a variable that stands twice',
    inProfile('env:\n      A: K\n      A: L'),
    '6:7 this key stands twice in its map',
    'remove or rename one of the two',
  ],
  [
    'a pattern that is a tag',
    inProfile('keys: [!AWS_*]'),
    '4:12 a text that starts with ! is a tag in YAML',
    'quote it: "!AWS_*"',
  ],
  [
    'a custom tag',
    inProfile('keys: [ !foo bar ]'),
    '4:13 a text that starts with ! is a tag in YAML',
    'quote it: "!AWS_*"',
  ],
  ['a tab', 'version: 1\nprofiles:\n\ta: {}\n', '3:1 a tab indents this line', 'indent with spaces'],
  [
    'a wrong indentation',
    inProfile('command: x\n   env: {}'),
    '5:1 the indentation is wrong here',
    'entries of one map start in the same column',
  ],
  ['an open quote', inProfile('command: "x'), /./.source, /closed/],
  ['an unknown anchor', inProfile('command: *x'), '4:14 there is no anchor &x', 'write the value out'],
  [
    'two documents',
    'version: 1\n---\nversion: 1\n',
    '2:1 the file holds more than one YAML document',
    'remove the --- line',
  ],
  [
    'a map as a key',
    'version: 1\nprofiles:\n  ? [a, b]\n  : {}\n',
    '3:5 a key in profiles is no text',
    'quote it',
  ],
  ['profiles as a list', 'version: 1\nprofiles: []\n', '2:11 profiles is a map', 'profiles: { … }'],
  [
    'a name for a profile that is none',
    'version: 1\nprofiles:\n  "a b": {}\n',
    '3:3 this is no name for a profile',
    'letters, digits, and any of _ . @ + -',
  ],
  [
    'a flag that is text',
    'version: 1\nsettings: { quiet: yes }\n',
    '2:20 settings.quiet is true or false',
    'quiet: true',
  ],
  [
    'an empty path',
    'version: 1\nsettings: { bundle: "" }\n',
    '2:21 this is no path',
    'bundle: ./secrets.bundle.json',
  ],

  ['no key', inProfile('env: { A: 1KEY }'), '4:15 this is no name of a bundle key', /letters, digits and _/],
  [
    'a number for a key',
    inProfile('env: { A: 12 }'),
    '4:15 profiles.a.env.A is neither a key nor a map',
    FORMS,
  ],
  ['nothing for a key', inProfile('env: { A: }'), '4:15 profiles.a.env.A is neither a key nor a map', FORMS],
  [
    'a list for a key',
    inProfile('env: { A: [K] }'),
    '4:15 profiles.a.env.A is neither a key nor a map',
    FORMS,
  ],
  ['env as a list', inProfile('env: [A]'), '4:10 profiles.a.env is a map', 'env: { … }'],
  [
    'a variable with =',
    inProfile('env: { "A=B": K }'),
    '4:12 the name of a variable is not empty and holds neither = nor a comma',
    'VARIABLE: KEY',
  ],
  [
    'a variable with a comma, which PQX_GRANTED could not name',
    inProfile('env: { "A,B": K }'),
    '4:12 the name of a variable is not empty and holds neither = nor a comma',
    'VARIABLE: KEY',
  ],
  [
    "a variable of pqx's own",
    inProfile('env: { PQX_PROFILE: K }'),
    "4:12 variables that start with PQX_ are pqx's own",
    'take another name',
  ],
  [
    'a variable without a name',
    inProfile('env: { "": K }'),
    '4:12 the name of a variable is not empty and holds neither = nor a comma',
    'VARIABLE: KEY',
  ],
  [
    'two sources',
    inProfile('env: { A: { key: K, value: x } }'),
    '4:15 profiles.a.env.A says not exactly one thing',
    FORMS,
  ],
  ['no source', inProfile('env: { A: {} }'), '4:15 profiles.a.env.A says not exactly one thing', FORMS],
  [
    'an unknown source',
    inProfile('env: { A: { kye: K } }'),
    '4:17 unknown field `kye` in profiles.a.env.A',
    'did you mean key?',
  ],
  [
    'an optional value',
    inProfile('env: { A: { value: K, optional: true } }'),
    '4:27 only a key can be optional in profiles.a.env.A',
    '{ key: …, optional: true }',
  ],
  [
    'optional: yes',
    inProfile('env: { A: { key: K, optional: yes } }'),
    '4:35 profiles.a.env.A.optional is true or false',
    'optional: true',
  ],
  [
    'unset: false',
    inProfile('env: { A: { unset: false } }'),
    '4:24 profiles.a.env.A.unset is true',
    'unset: true',
  ],
  [
    'a value that is a number',
    inProfile('env: { A: { value: 1 } }'),
    '4:24 profiles.a.env.A.value is a text',
    'quote it to make it a text',
  ],
  [
    'a value with a NUL',
    inProfile('env: { A: { value: "a\\0b" } }'),
    '4:24 a variable holds no NUL',
    'remove the \\0',
  ],
  [
    'an unknown filter',
    inProfile('env: { A: { template: "{{ K | foo }}" } }'),
    '4:27 unknown filter foo',
    /^filters: json, /,
  ],
  ['an open place', inProfile('env: { A: { template: "{{ K" } }'), '4:27 a {{ has no }}', /{{ KEY }}/],
  [
    'a file in a variable',
    inProfile('env: { A: { template: "{{ file.x }}" } }'),
    '4:27 profiles.a.env.A names a file, which a variable cannot hold',
    '{{ KEY }}',
  ],
  [
    'a mistyped word of inherit',
    inProfile('inherit: sfae'),
    '4:14 profiles.a.inherit is not one of its values',
    'did you mean safe?',
  ],
  [
    'a flag for inherit',
    inProfile('inherit: true'),
    '4:14 profiles.a.inherit is not one of its values',
    'one of safe, minimal, all',
  ],
  ['args as a text', inProfile('args: run'), '4:11 profiles.a.args is a list', 'args: [ … ]'],
  [
    'an argument pattern that could take for ever',
    inProfile('args: ["run *a*a*b"]'),
    '4:12 a word of an argument pattern holds at most two *',
    'split it into several patterns',
  ],
  [
    'a bad glob in a list',
    inProfile('command: ["x", "a|b"]'),
    '4:20 round brackets and | have no meaning',
    'write {a,b} for a choice',
  ],
  [
    'a bad glob behind !',
    inProfile('keys: ["A*", "![Z-A]"]'),
    '4:18 brackets or braces in the pattern do not match, or hold a bad range',
    /\\\[/,
  ],
  [
    'an empty command',
    inProfile('command: ""'),
    '4:14 an empty pattern matches nothing',
    'write * for anything',
  ],
  [
    'a number as a glob',
    inProfile('keys: [1]'),
    '4:12 profiles.a.keys is a glob',
    'quote it to make it a text',
  ],
  [
    'a description of two lines',
    inProfile('description: "a\\nb"'),
    '4:18 a description has one line',
    'put the rest into a # comment',
  ],
  [
    'an argument with a NUL',
    inProfile('prepend: ["a\\0"]'),
    '4:15 an argument holds no NUL',
    'remove the \\0',
  ],
  [
    'lines that end as on Windows',
    inProfile('comand: x').replaceAll('\n', '\r\n'),
    '4:5 unknown field `comand` in profiles.a',
    'did you mean command?',
  ],
  [
    'a byte order mark',
    `\ufeff${inProfile('comand: x')}`,
    '4:5 unknown field `comand` in profiles.a',
    'did you mean command?',
  ],
];

describe('refused', () => {
  test.each(WRONG)('%s', async (_, text, said, hint) => {
    const fault = await refusal(text);
    if (said === '.') expect(fault.said).toMatch(/^\d+:\d+ \S/);
    else expect(fault.said).toBe(said);
    if (typeof hint === 'string') expect(fault.hint).toBe(hint);
    else expect(fault.hint).toMatch(hint);
  });

  test('a file over the limit, before it is parsed', async () => {
    const bytes = new Uint8Array(PROFILE_FILE_LIMIT + 1).fill(0x23);
    await expect(parseProfiles(bytes, PATH, 'user')).rejects.toThrow(/larger than 1048576 bytes/);
    await expect(parseProfiles(bytes.subarray(1), PATH, 'user')).rejects.toThrow('the file is empty');
  });

  test('what is not UTF-8', async () => {
    await expect(parseProfiles(new Uint8Array([0x61, 0xff]), PATH, 'user')).rejects.toThrow(
      'the file is not UTF-8',
    );
  });

  test('aliases without end', async () => {
    const many = Array.from({ length: 1001 }, () => '*x').join(', ');
    const fault = await refusal(`version: 1\nprofiles:\n  a: { args: [&x run] }\n  b: { args: [${many}] }\n`);
    expect(fault.said).toMatch(/^4:\d+ too many aliases$/);
  });

  test('a stranger’s text is not quoted in the message', async () => {
    const fault = await refusal('version: 1\nprofiles: { "s3cr3t-value": [ }\n');
    expect(fault.said).not.toContain('s3cr3t');
  });
});

describe('taken', () => {
  test('every field of a profile', async () => {
    const profile = await profileOf(`description: one line
command: [docker, podman]
args: ["run **"]
env:
  A: KEY_A
  B: { key: KEY_B, optional: true }
  C: { value: "text" }
  D: { template: "x{{ KEY_D | url }}" }
  E: { unset: true }
keys: ["AWS_*", "!AWS_ROOT_*"]
inherit: minimal
container: off
prepend: [--first]
append: ["--last", ""]
`);
    expect(profile).toMatchObject({
      name: 't',
      line: 3,
      description: 'one line',
      command: ['docker', 'podman'],
      args: ['run **'],
      env: [
        { name: 'A', line: 8, source: { kind: 'key', key: 'KEY_A', optional: false } },
        { name: 'B', line: 9, source: { kind: 'key', key: 'KEY_B', optional: true } },
        { name: 'C', line: 10, source: { kind: 'value', value: 'text' } },
        {
          name: 'D',
          line: 11,
          source: {
            kind: 'template',
            template: [
              { kind: 'text', text: 'x' },
              { kind: 'key', key: 'KEY_D', filter: 'url' },
            ],
          },
        },
        { name: 'E', line: 12, source: { kind: 'unset' } },
      ],
      keys: ['AWS_*', '!AWS_ROOT_*'],
      inherit: 'minimal',
      container: 'off',
      prepend: ['--first'],
      append: ['--last', ''],
    });
  });

  test('a profile that says nothing grants nothing', async () => {
    const [profile] = (await fileOf('t:\n')).profiles;
    expect(profile).toEqual({ name: 't', line: 3, command: [], env: [], files: [] });
  });

  test('`args: []` is not the same as no `args`', async () => {
    expect((await profileOf('args: []')).args).toEqual([]);
  });

  test('one text for a list of one command', async () => {
    expect((await profileOf('command: x')).command).toEqual(['x']);
  });

  test('names that YAML 1.1, JavaScript or numbers would make something else of', async () => {
    const names = ['NO', 'yes', 'null', '1.0', '0x10', '__proto__', 'constructor', 'toString', 'a.b', 'é'];
    const profile = await profileOf(`env:\n${names.map((name) => `  ${name}: KEY\n`).join('')}`);
    expect(profile.env.map(({ name }) => name)).toEqual(names);
    const file = await fileOf('__proto__: { command: __proto__ }\nNO: { command: off }\n');
    expect(file.profiles.map(({ name, command }) => [name, command])).toEqual([
      ['__proto__', ['__proto__']],
      ['NO', ['off']],
    ]);
    expect(({} as Record<string, unknown>)['command']).toBeUndefined();
  });

  test('a %YAML 1.1 line changes no meaning', async () => {
    const file = await parse('%YAML 1.1\n---\nversion: 1\nprofiles:\n  a: { command: yes }\n');
    expect(file.profiles[0]?.command).toEqual(['yes']);
  });

  test('anchors and aliases', async () => {
    const file = await fileOf('a: { env: &e { A: K } }\nb: { env: *e }\n');
    expect(file.profiles.map(({ env }) => env.map(({ name }) => name))).toEqual([['A'], ['A']]);
  });

  test('JSON', async () => {
    const file = await parse('{"version": 1, "profiles": {"a": {"command": "x", "env": {"A": "K"}}}}');
    expect(file.profiles[0]).toMatchObject({ name: 'a', command: ['x'] });
  });

  test.each([
    ['./b.json', '/home/u/.config/pqc-secrets/b.json'],
    ['b.json', '/home/u/.config/pqc-secrets/b.json'],
    ['/abs/b.json', '/abs/b.json'],
  ])('settings.bundle %s is relative to the file', async (text, path) => {
    const file = await parse(`version: 1\nsettings: { bundle: ${text}, quiet: true }\n`);
    expect(file.settings).toMatchObject({ bundle: path, quiet: true });
  });

  test('what came out of the file is JSON, so that it can be kept', async () => {
    const file = await fileOf('t: { env: { A: K, B: { template: "{{ K }}" } }, inherit: ["LC_*"] }\n');
    expect(JSON.parse(JSON.stringify(file))).toEqual(file);
  });
});

test('whatever the bytes are: profiles, or a fault with a place and a hint', async () => {
  const pieces = fc.constantFrom(
    ...[
      'version: 1\n',
      'profiles:\n',
      '  a:\n',
      '    env: ',
      '{ A: K }',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '*x',
      '&x ',
      '!t ',
    ],
    ...[
      '- ',
      ': ',
      '\n',
      '\t',
      '#',
      '|\n',
      '>',
      '%YAML 9\n',
      '---\n',
      '? ',
      '<<: ',
      '\u0000',
      '\ufeff',
      'keys: ["*"]\n',
    ],
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 14 }), async (parts) => {
      try {
        await parse(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect(error).toMatchObject({ code: 'profile', place: { file: PATH, line: expect.any(Number) } });
        expect(failureText('pqx', error, false)).toMatch(/^pqx: [^\n]+[^\n.]\n {2}hint: [^\n]+\n$/);
      }
    }),
    { numRuns: 1500 },
  );
});
