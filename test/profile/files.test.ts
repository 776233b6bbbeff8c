/** `files` in a profile file: what is taken, and what is refused with place and hint. */
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { describeFile } from '../../src/profile/describe.ts';
import { parse } from './profiles.ts';

const fileOf = async (lines: string) =>
  (await parse(`version: 1\nprofiles:\n  t:\n    files:\n      f: ${lines}\n`)).profiles[0]?.files[0];

async function refusal(text: string): Promise<string> {
  try {
    await parse(`version: 1\nprofiles:\n  t:\n${text.replace(/^/gm, '    ')}\n`);
    return 'taken';
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `${error.place?.line}:${error.place?.column} ${error.message} | ${error.hint}`;
  }
}

describe('what is taken', () => {
  test('0600 for one key unless said, and modes however they are written', async () => {
    expect(await fileOf('{ content: { key: K } }')).toMatchObject({
      mode: 0o600,
      save: false,
      source: { kind: 'content', key: 'K' },
    });
    for (const mode of ['0400', '400', '"0400"', '0o400'])
      expect(await fileOf(`{ content: { key: K }, mode: ${mode} }`)).toMatchObject({ mode: 0o400 });
  });

  test('a value keeps its order, its kinds, and names such as __proto__', async () => {
    const file = await fileOf('{ json: { b: "{{ K }}", __proto__: [1, true, null, 1.5], a: {} } }');
    expect(file?.source).toEqual({
      kind: 'json',
      value: {
        kind: 'map',
        entries: [
          ['b', { kind: 'text', template: [{ kind: 'key', key: 'K', filter: undefined }] }],
          [
            '__proto__',
            { kind: 'list', items: [1, true, null, 1.5].map((value) => ({ kind: 'plain', value })) },
          ],
          ['a', { kind: 'map', entries: [] }],
        ],
      },
    });
  });

  test('braces of others in arguments', async () => {
    expect(
      await refusal(
        'files: { f: { content: { key: K } } }\nprepend: ["--format", "{{ .Names }}", "{{json .}}", "{{ file.f }}"]',
      ),
    ).toBe('taken');
  });
});

describe('what is refused', () => {
  test.each([
    [
      'files: { f: {} }',
      '4:17 a file is made in exactly one way | one of template, json, yaml, dotenv, content',
    ],
    [
      'files: { f: { template: x, json: y } }',
      '4:32 a file is made in exactly one way | one of template, json, yaml, dotenv, content',
    ],
    [
      'files: { f: { template: x, save: true } }',
      '4:32 only a file that is the value of one key can be saved | content: { key: KEY }',
    ],
    [
      'files: { a/b: { template: x } }',
      '4:14 this is no name for a file | the name alone, without /; `at` takes a path',
    ],
    [
      'files: { "..": { template: x } }',
      '4:14 this is no name for a file | the name alone, without /; `at` takes a path',
    ],
    [
      'files: { f: { template: x, mode: 0620 } }',
      '4:38 t.files.f.mode lets others write the file | mode: 0600',
    ],
    [
      'files: { f: { template: x, mode: 8 } }',
      '4:38 t.files.f.mode is no mode of three octal digits | mode: 0600',
    ],
    [
      'files: { f: { template: x, at: auth.json } }',
      '4:36 this is no fixed path of a file | at: ~/.config/tool/auth.json   or one from /',
    ],
    [
      'files: { f: { template: x, at: ~/../x } }',
      '4:36 this is no fixed path of a file | at: ~/.config/tool/auth.json   or one from /',
    ],
    [
      'files: { f: { template: "{{ K | jsn }}" } }',
      '4:29 unknown filter jsn | filters: json, url, base64, shell, pgpass, netrc, ini, raw',
    ],
    [
      'files: { f: { json: { a: ["{{ K"] } } }',
      '4:31 a {{ has no }} | {{ KEY }}, or {{ "{{" }} for two braces',
    ],
    [
      'files: { f: { template: "{{ file.g }}" } }',
      '4:29 a file cannot name another | its variable does: `env`, or {{ file.NAME }} in `append`',
    ],
    [
      'files: { f: { json: 12345678901234567890 } }',
      '4:25 t.files.f.json is a number that cannot be kept exactly | quote it',
    ],
    ['files: { f: { dotenv: { A: [1] } } }', '4:32 t.files.f.dotenv.A is a single value | A: "{{ KEY }}"'],
    [
      'files: { f: { dotenv: { "A B": x } } }',
      '4:29 this is no name of a bundle key | letters, digits and _, not starting with a digit; pqx list   shows the names',
    ],
    ['files: { f: { templat: x } }', '4:19 unknown field `templat` in t.files.f | did you mean template?'],
    [
      'append: ["--token={{ K }}"]',
      '4:14 K would stand in an argument, which every user of the machine can read | put it into one of `files`, and {{ file.NAME }} here',
    ],
  ])('%s', async (text, said) => {
    expect(await refusal(text)).toBe(said.replaceAll('t.files', 'profiles.t.files'));
  });
});

test('`trust` shows what each file holds, where it goes, and that it is saved', async () => {
  const file = await parse(`version: 1
profiles:
  t:
    files:
      a: { template: "x {{ K | json }}", env: A, mode: 0400 }
      b: { yaml: { l: [1, "{{ K }}"] }, env_dir: B }
      c: { content: { key: K }, at: ~/.c, save: true }
`);
  const lines = describeFile(file, { names: ['K'], own: new Set() });
  expect(lines.filter((line) => line.startsWith('  file'))).toEqual([
    '  file a: the template "x {{ K | json }}", its path in A, mode 0400',
    '  file b: yaml {"l": [1, "{{ K }}"]}, its directory in B, mode 0600',
    '  file c: the key K, linked at ~/.c, what the program changes is saved, mode 0600',
  ]);
});
