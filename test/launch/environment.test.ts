import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetEnvironment } from '../../src/launch/environment.ts';
import { bytesOfText, textOfBytes } from '../../src/platform/bytes.ts';
import type { Grant, LaunchPlan } from '../../src/profile/types.ts';

function planOf(
  inherited: readonly string[],
  grants: readonly Grant[],
  profile: string | undefined = 't',
): LaunchPlan {
  return {
    profile: profile === undefined ? undefined : { name: profile, file: '/p.yaml', line: 1, why: '' },
    command: { typed: 'x', path: '/bin/x', through: 'path' },
    args: [],
    inserted: [],
    grants,
    files: [],
    opens: [],
    unset: [],
    mask: false,
    inherited,
    withheld: [],
    inherit: 'all',
    unresolved: [],
    warnings: [],
  };
}

const key = (variable: string, name: string): Grant => ({
  variable,
  source: { kind: 'key', key: name },
  by: 'env',
});
const value = (variable: string, text: string): Grant => ({
  variable,
  source: { kind: 'value', value: text },
  by: 'env',
});
const opened = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([name, text]) => [name, new TextEncoder().encode(text)]));
const texts = (plan: LaunchPlan, values = opened({})) => targetEnvironment(plan, values).map(textOfBytes);

describe("the target's environment", () => {
  test("is the caller's, byte for byte and in its order, and pqx's two variables", () => {
    const inherited = [
      'B=2',
      'A=1',
      'a.b=dot',
      'raw=\udcff\udcfe',
      '=empty name',
      'no equals',
      'EMPTY=',
      'EQ==x=y',
      'A=again',
    ];
    expect(texts(planOf(inherited, []))).toEqual([...inherited, 'PQX_PROFILE=t', 'PQX_GRANTED=']);
    const raw = targetEnvironment(planOf(['raw=\udcff'], []), opened({}))[0];
    expect([...(raw ?? [])]).toEqual([0x72, 0x61, 0x77, 0x3d, 0xff]);
  });

  test('a granted variable takes the first place of its name, and later ones of that name go', () => {
    const inherited = ['A=1', 'TOKEN=old', 'B=2', 'TOKEN=older', 'TOKENS=kept'];
    expect(texts(planOf(inherited, [key('TOKEN', 'K')]), opened({ K: 'new' }))).toEqual([
      'A=1',
      'TOKEN=new',
      'B=2',
      'TOKENS=kept',
      'PQX_PROFILE=t',
      'PQX_GRANTED=TOKEN',
    ]);
  });

  test('what had no place comes last, and the names that were granted are told', () => {
    const grants = [key('ONE', 'K'), value('URL', 'https://x'), key('TWO', 'K')];
    expect(texts(planOf(['A=1'], grants), opened({ K: 'v=\n' }))).toEqual([
      'A=1',
      'ONE=v=\n',
      'URL=https://x',
      'TWO=v=\n',
      'PQX_PROFILE=t',
      'PQX_GRANTED=ONE,TWO',
    ]);
  });

  test("pqx's variables of an outer launch are replaced", () => {
    expect(texts(planOf(['PQX_GRANTED=X', 'A=1', 'PQX_PROFILE=outer'], []))).toEqual([
      'PQX_GRANTED=',
      'A=1',
      'PQX_PROFILE=t',
    ]);
  });

  test('without a profile only the grants are told', () => {
    expect(texts({ ...planOf([], [key('A', 'K')]), profile: undefined }, opened({ K: '1' }))).toEqual([
      'A=1',
      'PQX_GRANTED=A',
    ]);
  });

  test('the later of two grants of one name wins', () => {
    expect(texts(planOf([], [value('A', '1'), value('A', '2')]))).toContain('A=2');
    expect(texts(planOf([], [value('A', '1'), value('A', '2')]))).not.toContain('A=1');
  });

  test('a template is rendered with the values, and these are not expanded again', () => {
    const grant: Grant = {
      variable: 'DSN',
      source: {
        kind: 'template',
        template: [
          { kind: 'text', text: 'u:' },
          { kind: 'key', key: 'K', filter: undefined },
          { kind: 'text', text: '@h' },
        ],
        keys: ['K'],
      },
      by: 'env',
    };
    expect(texts(planOf([], [grant]), opened({ K: '{{ K }}' }))[0]).toBe('DSN=u:{{ K }}@h');
  });

  test('a key that was not opened stops the launch', () => {
    expect(() => texts(planOf([], [key('A', 'MISSING')]))).toThrowError('the key MISSING was not opened');
  });

  test('whatever is inherited and not granted arrives as it was', () => {
    const entry = fc
      .uint8Array({ minLength: 1 })
      .map((bytes) => textOfBytes(bytes.filter((byte) => byte !== 0)));
    fc.assert(
      fc.property(fc.array(entry), (inherited) => {
        const entries = inherited.filter((text) => !/^PQX_(PROFILE|GRANTED)=/.test(text));
        const result = targetEnvironment(planOf(entries, []), opened({}));
        expect(result.slice(0, entries.length).map(String)).toEqual(entries.map(bytesOfText).map(String));
        expect(result).toHaveLength(entries.length + 2);
      }),
    );
  });
});
