/** Every reader under bytes that somebody changed, and under the worst texts that fit: only Faults, no forgery, no hang. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RUNTIMES } from '../store/sandbox.ts';
import { root } from '../support/programs.ts';
import { BOMBS, type Bombed } from './bombs.ts';
import type { Fuzzed } from './fuzz.ts';

/** What no reader may need, with its runtime, in MiB. */
const MEMORY = 256;
/** A hang is what has not ended after this, in milliseconds; nothing comes near it. */
const HANG = 100_000;
/** Other numbers each day would find more, and fail for reasons that nobody changed. */
const SEED = '20261125';
const ROUNDS = '2000';

function run<T>(command: string, file: string, args: readonly string[]): T {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const answer: T = JSON.parse(
    execFileSync(command, [program, ...args], { encoding: 'utf8', cwd: root, timeout: HANG }),
  );
  return answer;
}

describe.for(RUNTIMES)('$name', ({ command }) => {
  test('changed bytes are refused with a Fault, or mean what they meant', () => {
    const results = run<readonly Fuzzed[]>(command, './fuzz.ts', [SEED, ROUNDS]);
    expect(results).toHaveLength(15);
    for (const { reader, taken, refused, wrong } of results) {
      expect({ reader, wrong }).toEqual({ reader, wrong: [] });
      expect(taken + refused).toBe(Number(ROUNDS));
      expect(refused).toBeGreaterThan(0);
    }
  });

  test.for(BOMBS)('%s', (name) => {
    const { outcome, megabytes } = run<Readonly<Record<string, Bombed>>>(command, './bombs.ts', [name])[
      name
    ] ?? {
      outcome: 'nothing',
      megabytes: Number.POSITIVE_INFINITY,
    };
    expect(['taken', 'not-a-bundle', 'identity', 'input', 'profile']).toContain(outcome);
    expect(megabytes).toBeLessThan(MEMORY);
  });
});
