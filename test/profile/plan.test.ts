/** The plan: what of a profile, a bundle's names and a caller's environment becomes a launch. No value is in sight. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { steeringTest } from '../../src/bundle/names.ts';
import { Fault } from '../../src/fault.ts';
import { nameOf } from '../../src/profile/environment-policy.ts';
import { listMatcher } from '../../src/profile/glob.ts';
import { profileByName } from '../../src/profile/match.ts';
import { type PlanInput, planLaunch } from '../../src/profile/plan.ts';
import type { LaunchPlan } from '../../src/profile/types.ts';
import { fileOf, found, PATH } from './profiles.ts';

type More = Partial<Omit<PlanInput, 'chosen' | 'files'>>;

/** The plan of the profile `t` in a file with these profiles. */
async function plan(profiles: string, more: More = {}): Promise<LaunchPlan> {
  const files = [await fileOf(profiles)];
  return planLaunch({
    chosen: profileByName(files, 't'),
    files,
    grants: [],
    command: found('tool'),
    args: [],
    environ: [],
    names: [],
    bundle: '/b.json',
    filesDirectory: '/run/x',
    ...more,
  });
}

/** `VARIABLE=key`, `VARIABLE:value` or `VARIABLE{template keys}`, and by which field. */
function granted({ grants }: LaunchPlan): string[] {
  return grants.map(({ variable, source, by }) => {
    if (source.kind === 'key') return `${variable}=${source.key} ${by}`;
    if (source.kind === 'value') return `${variable}:${source.value} ${by}`;
    return `${variable}${source.kind === 'template' ? `{${source.keys.join()}}` : ` at ${source.path}`} ${by}`;
  });
}

async function refusal(profiles: string, more: More): Promise<Fault> {
  try {
    await plan(profiles, more);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it was planned');
}

describe('env', () => {
  test('each form, and the keys that must be opened', async () => {
    const made = await plan(
      `t:
  env:
    A: KEY_B
    B: { key: KEY_A }
    C: { value: text }
    D: { template: "{{ KEY_A }}{{ KEY_C | url }}{{ KEY_A }}" }
    E: { unset: true }`,
      { names: ['KEY_A', 'KEY_B', 'KEY_C', 'KEY_D'], environ: ['E=1', 'F=2'] },
    );
    expect(granted(made)).toEqual(['A=KEY_B env', 'B=KEY_A env', 'C:text env', 'D{KEY_A,KEY_C} env']);
    expect(made.opens).toEqual(['KEY_A', 'KEY_B', 'KEY_C']);
    expect(made).toMatchObject({ unset: ['E'], inherited: ['F=2'], warnings: [], unresolved: [] });
    expect(made.profile).toEqual({ name: 't', file: PATH, line: 3, why: '-p t' });
  });

  test('a variable that steers other programs is granted when it is named', async () => {
    expect(granted(await plan('t: { env: { LD_PRELOAD: LD_PRELOAD } }', { names: ['LD_PRELOAD'] }))).toEqual([
      'LD_PRELOAD=LD_PRELOAD env',
    ]);
  });

  test('an optional key that the bundle lacks is left out and said', async () => {
    const made = await plan('t: { env: { A: { key: K, optional: true } } }', { environ: ['A=1', 'B=2'] });
    expect(granted(made)).toEqual([]);
    expect(made.warnings).toEqual(['A: the optional key K is not in the bundle']);
    expect(made.inherited).toEqual(['B=2']);
  });

  test.each([
    [
      't: { env: { A: ZENMUX_API_KEZ } }',
      'ZENMUX_API_KEZ, which A of the profile t grants; the nearest is ZENMUX_API_KEY',
    ],
    ['t: { env: { A: { template: "{{ NONE }}" } } }', 'NONE, which A of the profile t grants'],
    ['t: { keys: [NONE] }', 'NONE, which keys of the profile t grants'],
    ['t: { env: { A: __proto__ } }', '__proto__, which A of the profile t grants'],
  ])('a key that the bundle lacks: %s', async (profiles, said) => {
    const fault = await refusal(profiles, { names: ['ZENMUX_API_KEY', 'OTHER'] });
    expect(fault.message).toBe(`the bundle has no key ${said}`);
    expect(fault.code).toBe('profile');
    expect(fault.hint).toContain('list   shows the names');
  });
});

describe('keys', () => {
  const names = ['AWS_A', 'AWS_B', 'AWS_ROOT_X', 'AWS_CONFIG_FILE', 'OTHER', 'a b', 'x;touch y;'];

  test.each<readonly [list: string, grants: readonly string[], warnings: readonly (string | RegExp)[]]>([
    ['[AWS_A]', ['AWS_A'], []],
    ['["AWS_?", OTHER]', ['AWS_A', 'AWS_B', 'OTHER'], []],
    ['["AWS_*", "!AWS_ROOT_*"]', ['AWS_A', 'AWS_B'], [/^AWS_CONFIG_FILE steers other programs/]],
    ['["!AWS_*"]', ['OTHER'], []],
    ['["*"]', ['AWS_A', 'AWS_B', 'AWS_ROOT_X', 'OTHER'], [/^AWS_CONFIG_FILE steers/]],
    ['["GCP_*"]', [], ['keys: GCP_* matches no key of the bundle']],
    ['[AWS_A, "!AWS_A"]', [], []],
  ])('%s', async (list, grants, warnings) => {
    const made = await plan(`t: { keys: ${list} }`, { names });
    expect(granted(made)).toEqual(grants.map((name) => `${name}=${name} keys`));
    expect(made.opens).toEqual(grants);
    expect(made.warnings).toHaveLength(warnings.length);
    warnings.forEach((warning, index) => {
      expect(made.warnings[index]).toMatch(warning);
    });
  });

  test('a literal that steers other programs is refused, with the way to grant it', async () => {
    const fault = await refusal('t: { keys: [NODE_OPTIONS] }', { names: ['NODE_OPTIONS'] });
    expect(fault.message).toContain('NODE_OPTIONS steers other programs');
    expect(fault.hint).toContain('env: { NODE_OPTIONS: NODE_OPTIONS }');
  });

  test('env wins over keys: another key, a value, and unset', async () => {
    const made = await plan('t: { keys: ["*"], env: { A: B, C: { value: x }, D: { unset: true } } }', {
      names: ['A', 'B', 'C', 'D'],
      environ: ['D=1'],
    });
    expect(granted(made).sort()).toEqual(['A=B env', 'B=B keys', 'C:x env']);
    expect(made).toMatchObject({ unset: ['D'], inherited: [] });
  });

  test('names that are not known: literals stand, patterns stay patterns, nothing is required', async () => {
    const made = await plan('t: { keys: [AWS_A, "AWS_*", "!AWS_ROOT_*", GONE, "!GONE"], env: { A: K } }', {
      names: undefined,
    });
    expect(granted(made)).toEqual(['AWS_A=AWS_A keys', 'A=K env']);
    expect(made.unresolved).toEqual(['AWS_*', '!AWS_ROOT_*', '!GONE']);
  });
});

describe('--env', () => {
  test('wins over env and keys, and over unset', async () => {
    const made = await plan('t: { keys: [A], env: { B: A, C: { unset: true } } }', {
      names: ['A', 'X'],
      grants: ['A', 'B', 'C'].map((variable) => ({ variable, key: 'X' })),
      environ: ['C=1'],
    });
    expect(granted(made).sort()).toEqual(['A=X --env', 'B=X --env', 'C=X --env']);
    expect(made.unset).toEqual([]);
  });

  test('without a profile: the policy of safe, and nothing else', async () => {
    const made = planLaunch({
      chosen: undefined,
      files: [],
      grants: [{ variable: 'V', key: 'K' }],
      command: found('tool'),
      args: ['x'],
      environ: ['K=1', 'B_TOKEN=2', 'PATH=3'],
      names: ['K'],
      bundle: '/b.json',
      filesDirectory: '/run/x',
    });
    expect(granted(made)).toEqual(['V=K --env']);
    expect(made).toMatchObject({ profile: undefined, inherited: ['PATH=3'], args: ['x'], inherit: 'safe' });
  });

  test('a key that the bundle lacks', async () => {
    const fault = await refusal('t: {}', { grants: [{ variable: 'V', key: 'NONE' }] });
    expect(fault.message).toBe('the bundle has no key NONE, which --env grants');
  });
});

describe('arguments', () => {
  test('prepend before the first, append behind the last', async () => {
    const made = await plan('t: { prepend: [-a, ""], append: [-z] }', { args: ['x', '--', 'y'] });
    expect(made.args).toEqual(['-a', '', 'x', '--', 'y', '-z']);
    expect(made.inserted).toEqual(['-a', '', '-z']);
  });

  const insert: NonNullable<PlanInput['insert']> = (args, { names }) => ({
    args: [...args, ...names],
    inserted: names,
    mounted: [],
    warnings: ['said'],
  });

  test('a container client is handed the names of the variables, and never a value', async () => {
    const made = await plan('t: { env: { A: K, B: { value: v } } }', { names: ['K'], args: ['run'], insert });
    expect(made).toMatchObject({ args: ['run', 'A', 'B'], inserted: ['A', 'B'], warnings: ['said'] });
  });

  test('container: off inserts nothing', async () => {
    const made = await plan('t: { env: { A: K }, container: off }', { names: ['K'], args: ['run'], insert });
    expect(made).toMatchObject({ args: ['run'], inserted: [] });
  });
});

test('what another profile fills is withheld; what this one grants is not listed as withheld', async () => {
  const made = await plan(
    't: { env: { A: K } }\nother: { env: { X: K, Y: { value: v }, Z: { template: "{{ K }}" } } }',
    {
      names: ['K'],
      environ: ['A=1', 'X=2', 'Y=3', 'Z=4', 'K=5'],
    },
  );
  expect(made.inherited).toEqual(['Y=3']);
  expect(made.withheld).toEqual([
    { name: 'X', why: 'filled by a profile' },
    { name: 'Z', why: 'filled by a profile' },
    { name: 'K', why: 'held by the bundle' },
  ]);
});

describe('whatever profile, bundle and environment are', () => {
  const NAMES = ['A', 'AB', 'B', 'C', 'PATH', 'LD_X', 'X_TOKEN', 'PQC_X'];
  const key = fc.constantFrom(...NAMES);
  const pattern = fc.constantFrom('A', 'B', 'A*', '*', '?', '!A', '!*B', '!PATH', 'LD_*');
  const source = fc.oneof(
    key,
    key.map((name) => ({ key: name, optional: true })),
    fc.constant({ value: 'v' }),
    fc.constant({ unset: true }),
    fc.tuple(key, key).map(([a, b]) => ({ template: `{{ ${a} }}-{{ ${b} | raw }}` })),
  );
  const fields = fc.record(
    {
      env: fc.dictionary(key, source, { maxKeys: 4 }),
      keys: fc.array(pattern, { maxLength: 4 }),
      inherit: fc.oneof(fc.constantFrom('safe', 'minimal', 'all'), fc.array(pattern, { maxLength: 3 })),
    },
    { requiredKeys: [] },
  );
  const input = fc.record({
    fields,
    others: fc.dictionary(fc.constantFrom('u', 'v'), fields),
    names: fc.uniqueArray(key),
    environ: fc.array(key.map((name) => `${name}=of-the-caller`)),
    grants: fc.array(fc.record({ variable: key, key }), { maxLength: 2 }),
  });
  type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

  /** Undefined when the launch is refused, as for a key that the bundle lacks. */
  async function planOf({
    fields: own,
    others,
    names,
    environ,
    grants,
  }: Input): Promise<LaunchPlan | undefined> {
    const lines = Object.entries({ t: own, ...others }).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}`,
    );
    await fileOf(lines.join('\n'));
    try {
      return await plan(lines.join('\n'), { names, environ, grants });
    } catch (error) {
      if (error instanceof Fault && /^the bundle has no key|steers other programs/.test(error.message))
        return undefined;
      throw error;
    }
  }

  test('grants never widen what the profile and --env say', async () => {
    const steers = steeringTest();
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const made = await planOf(given);
        if (made === undefined) return;
        planned += 1;
        const env: Readonly<Record<string, unknown>> = given.fields.env ?? {};
        const wild = listMatcher(given.fields.keys ?? [], 'name');
        for (const { variable, source: from, by } of made.grants) {
          if (by === '--env') expect(given.grants.map((grant) => grant.variable)).toContain(variable);
          else if (by === 'env') expect(Object.hasOwn(env, variable)).toBe(true);
          else expect(from).toEqual({ kind: 'key', key: variable });
          if (by === 'keys')
            expect([wild(variable), steers(variable), given.names.includes(variable)]).toEqual([
              true,
              false,
              true,
            ]);
          if (by !== '--env' && from.kind === 'key' && by === 'env') {
            const said = env[variable];
            expect(typeof said === 'object' ? (said as { key: string }).key : said).toBe(from.key);
          }
        }
        const needed = made.grants.flatMap(({ source: from }) =>
          from.kind === 'key' ? [from.key] : from.kind === 'template' ? from.keys : [],
        );
        expect(made.opens).toEqual([...new Set(needed)].sort());
        expect(new Set(made.grants.map(({ variable }) => variable)).size).toBe(made.grants.length);
      }),
      { numRuns: 800 },
    );
    expect(planned).toBeGreaterThan(100);
  });

  test('what reaches the target besides is a part of what the caller had, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const made = await planOf(given);
        if (made === undefined) return;
        const kept = [...made.inherited];
        for (const entry of given.environ) if (entry === kept[0]) kept.shift();
        expect(kept).toEqual([]);
        expect(made.inherited.map(nameOf).filter((name) => made.unset.includes(name))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('another profile in the file grants this launch nothing, and lets nothing more through', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const [alone, among] = [await planOf({ ...given, others: {} }), await planOf(given)];
        expect(among?.grants).toEqual(alone?.grants);
        expect((among?.inherited ?? []).filter((entry) => !alone?.inherited.includes(entry))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
