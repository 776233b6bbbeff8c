/** `extends` and `settings`: what a profile starts from, and what is refused with its place. */
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { withExtended } from '../../src/profile/inherit.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import type { FileKind, Profile, ProfileFile } from '../../src/profile/types.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, kind: FileKind = 'user', path = '/home/u/profiles.yaml') =>
  parseProfiles(bytes(`version: 1\n${text}`), path, kind);

function named(files: readonly ProfileFile[], name: string): Profile {
  for (const file of files) {
    const profile = file.profiles.find((candidate) => candidate.name === name);
    if (profile !== undefined) return withExtended(profile, file, files);
  }
  throw new Error(`no profile ${name}`);
}

async function refusal(text: string, kind: FileKind = 'user'): Promise<string> {
  try {
    await parse(text, kind);
  } catch (error) {
    if (error instanceof Fault)
      return `${error.place?.line}:${error.place?.column} ${error.message} | ${error.hint}`;
    throw error;
  }
  return 'accepted';
}

describe('extends', () => {
  test('maps merge and the nearer wins; lists and words replace; command, args and description stay behind', async () => {
    const file = await parse(`profiles:
  base:
    description: the base
    command: base
    args: ["run **"]
    env: { A: KEY_A, B: KEY_B }
    keys: ["AWS_*"]
    inherit: minimal
    container: "off"
    prepend: [--first]
    stdin: { key: KEY_A }
  near:
    extends: base
    command: near
    env: { B: { value: b }, C: KEY_C }
    keys: []
`);
    const near = named([file], 'near');
    expect(near.env.map(({ name, source }) => [name, source.kind])).toEqual([
      ['A', 'key'],
      ['B', 'value'],
      ['C', 'key'],
    ]);
    expect(near).toMatchObject({
      command: ['near'],
      keys: [],
      inherit: 'minimal',
      container: 'off',
      prepend: ['--first'],
      stdin: { key: 'KEY_A' },
    });
    expect(near.args).toBeUndefined();
    expect(near.description).toBeUndefined();
  });

  test('of several the later wins, and bases of bases count', async () => {
    const file = await parse(`profiles:
  root: { env: { A: ROOT, R: ROOT }, inherit: all }
  one: { extends: root, env: { A: ONE } }
  two: { env: { A: TWO } }
  both: { extends: [one, two], command: x }
`);
    const both = named([file], 'both');
    expect(both.env.map(({ name, source }) => `${name}=${source.kind === 'key' ? source.key : ''}`)).toEqual([
      'A=TWO',
      'R=ROOT',
    ]);
    expect(both.inherit).toBe('all');
  });

  test("a project's profile extends the user's, also the one of its own name", async () => {
    const user = await parse('profiles:\n  claude: { command: claude, env: { A: USER, B: USER } }\n');
    const project = await parse(
      'profiles:\n  claude: { extends: claude, command: claude, env: { A: PROJECT } }\n',
      'project',
      '/w/.pqx.yaml',
    );
    expect(
      named([project, user], 'claude').env.map(({ source }) => source.kind === 'key' && source.key),
    ).toEqual(['PROJECT', 'USER']);
  });

  test('a cycle, however long, and a name of no profile: place and way out', async () => {
    expect(await refusal('profiles:\n  a: { extends: a }\n')).toBe(
      '3:17 a profile cannot extend itself: a → a | remove `a` from `extends`',
    );
    expect(
      await refusal('profiles:\n  a: { extends: b }\n  b: { extends: [c] }\n  c: { extends: a }\n'),
    ).toBe('5:17 a profile cannot extend itself: a → b → c → a | remove `a` from `extends`');
    expect(await refusal('profiles:\n  base: {}\n  a: { extends: bsae }\n')).toBe(
      '4:17 there is no profile bsae to extend | did you mean base?',
    );
    const project = await parse('profiles:\n  a: { extends: nobody }\n', 'project', '/w/.pqx.yaml');
    expect(() => named([project], 'a')).toThrow('there is no profile nobody to extend');
  });
});

describe('pin, stdin and settings', () => {
  test('what they may hold, and the place of what they may not', async () => {
    const hash = 'a'.repeat(64);
    const file = await parse(
      `settings: { audit: required, rollback: refuse, bundle: ./team.json, quiet: true }
profiles:
  a: { pin: { path: ~/bin/a, sha3_256: "${hash}" }, stdin: { key: K } }
`,
    );
    expect(file.settings).toEqual({
      audit: 'required',
      rollback: 'refuse',
      bundle: '/home/u/team.json',
      quiet: true,
    });
    expect(file.profiles[0]).toMatchObject({
      pin: { path: '~/bin/a', sha3_256: hash },
      stdin: { key: 'K' },
    });
    expect(await refusal('profiles:\n  a: { pin: { path: bin/a, sha3_256: x } }\n')).toMatch(
      /^3:21 the path of a pin is absolute/,
    );
    expect(
      await refusal(`profiles:\n  a: { pin: { path: /bin/a, sha3_256: "${'A'.repeat(64)}" } }\n`),
    ).toMatch(/^3:39 this is no SHA3-256 hash/);
    expect(await refusal('profiles:\n  a: { pin: { path: /bin/a } }\n')).toMatch(/has no `sha3_256`/);
    expect(await refusal('profiles:\n  a: { stdin: K }\n')).toMatch(/stdin is a map/);
    expect(await refusal('settings: { audit: maybe }\n')).toMatch(/settings.audit is not one of its values/);
  });
});
