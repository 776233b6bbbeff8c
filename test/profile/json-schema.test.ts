/** The JSON Schema of profile files, by an independent validator: it takes what pqx takes, and refuses what has no meaning. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { knownTools, profileLines } from '../../src/profile/examples.ts';
import { profilesSchema } from '../../src/profile/json-schema.ts';
import { BUILD_NAMES, root } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { parse } from './profiles.ts';

const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
const schema = JSON.parse(JSON.stringify(profilesSchema()));
const validate = ajv.compile(schema);

/** What ajv has against a file, after YAML was read as YAML 1.2 has it. */
function complaints(text: string): readonly string[] {
  return validate(parseYaml(text))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function yamlBlocks(file: string): readonly string[] {
  return [...read(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) =>
    text.startsWith('version:') ? text : `version: 1\n${text}`,
  );
}

test.each(BUILD_NAMES)('`profiles schema` of the %s prints it, and the shipped file is the same', (build) => {
  const { stdout } = newUser().ok(['profiles', 'schema'], { build });
  expect(JSON.parse(stdout)).toEqual(schema);
  expect(JSON.parse(read('docs/profiles.schema.json'))).toEqual(schema);
  expect(read('package.json')).toContain('"docs"');
});

test('the example file and the page on profiles name it', () => {
  expect(read('profiles.example.yaml')).toMatch(
    /^# yaml-language-server: \$schema=docs\/profiles\.schema\.json\n/,
  );
  expect(read('docs/PROFILES.md')).toContain('profiles.schema.json');
});

describe('every example is valid', () => {
  test('profiles.example.yaml', () => expect(complaints(read('profiles.example.yaml'))).toEqual([]));
  test.each(['README.md', 'docs/PROFILES.md'])('%s', (file) => {
    expect(yamlBlocks(file).length).toBeGreaterThan(0);
    expect(yamlBlocks(file).flatMap(complaints)).toEqual([]);
  });
  test.each(knownTools())('profiles add %s', (tool) => {
    const lines = profileLines(tool, []).map((line) => `    ${line}\n`);
    expect(complaints(`version: 1\nprofiles:\n  ${tool}:\n${lines.join('')}`)).toEqual([]);
  });
  test('what `init` writes', () => {
    const user = newUser();
    user.ok(['init']);
    expect(complaints(readFileSync(join(user.config, 'profiles.yaml'), 'utf8'))).toEqual([]);
  });
});

const WRONG = [
  ['no version', 'profiles: {}'],
  ['another version', 'version: 2'],
  ['an unknown field', 'version: 1\nprofils: {}'],
  ['an unknown field of a profile', 'version: 1\nprofiles: { a: { comand: x } }'],
  ['an unknown setting', 'version: 1\nsettings: { loud: true }'],
  ['a setting of another type', 'version: 1\nsettings: { quiet: sometimes }'],
  ['a name that is no key', 'version: 1\nprofiles: { a: { env: { A: "not a key" } } }'],
  ['a variable that is two things', 'version: 1\nprofiles: { a: { env: { A: { key: K, value: v } } } }'],
  ['a name that is no profile', 'version: 1\nprofiles: { "a b": {} }'],
  ['inherit of no known word', 'version: 1\nprofiles: { a: { inherit: some } }'],
  ['a pin without a hash', 'version: 1\nprofiles: { a: { pin: { path: /x } } }'],
  ['a file made in no way', 'version: 1\nprofiles: { a: { files: { f: { env: X } } } }'],
  [
    'a file made in two ways',
    'version: 1\nprofiles: { a: { files: { f: { template: x, content: { key: K } } } } }',
  ],
  ['a description of two lines', 'version: 1\nprofiles: { a: { description: "x\\ny" } }'],
] as const;

test.each(WRONG)('both refuse %s', async (_, text) => {
  expect(complaints(text)).not.toEqual([]);
  await expect(parse(text)).rejects.toThrow();
});

test('what pqx takes, the schema takes, whatever the profiles are', async () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
  const text = fc.string({ maxLength: 12 });
  const source = fc.oneof(
    name,
    fc.record({ key: name, optional: fc.boolean() }),
    fc.record({ value: text }),
    fc.record({ template: text }),
    fc.constant({ unset: true }),
    text,
  );
  const profile = fc.record(
    {
      description: text,
      command: fc.oneof(text, fc.array(text, { maxLength: 3 })),
      args: fc.array(text, { maxLength: 2 }),
      env: fc.oneof(fc.dictionary(fc.oneof(name, text), source, { maxKeys: 3 }), fc.constant(null)),
      keys: fc.array(text, { maxLength: 2 }),
      inherit: fc.oneof(fc.constantFrom('safe', 'minimal', 'all', 'none'), fc.array(text, { maxLength: 2 })),
      container: fc.constantFrom('env', 'off', 'on'),
      stdin: fc.record({ key: name }),
      files: fc.dictionary(
        name,
        fc.oneof(
          fc.record({ template: text }),
          fc.record({ json: fc.jsonValue() }),
          fc.record({ content: fc.record({ key: name }), mode: fc.constantFrom('600', '0o640', 644, 'rw') }),
        ),
        { maxKeys: 2 },
      ),
      prepend: fc.array(text, { maxLength: 2 }),
      stray: text,
    },
    { requiredKeys: [] },
  );
  const file = fc.record({
    version: fc.constant(1),
    settings: fc.record(
      { quiet: fc.boolean(), bundle: text, audit: fc.constantFrom('on', 'off', 'loud') },
      { requiredKeys: [] },
    ),
    profiles: fc.dictionary(name, profile, { maxKeys: 2 }),
  });
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(file, async (value) => {
      const yaml = stringify(value);
      const accepted = await parse(yaml).then(
        () => true,
        () => false,
      );
      if (!accepted) return;
      taken += 1;
      expect(complaints(yaml)).toEqual([]);
    }),
    { numRuns: 1500 },
  );
  expect(taken).toBeGreaterThan(100);
});
