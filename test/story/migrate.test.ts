/** Stores of the older engines, taken over and brought to what is written today. Both builds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storeCopy } from '../identity/store-copy.ts';
import { BUILD_NAMES, type Build } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

interface Store {
  readonly config: string;
  readonly expected: unknown;
  readonly path: string;
  pqx(args: readonly string[], input?: string): { status: number | null; stdout: string; stderr: string };
  bundle(): { readonly version: number; readonly [member: string]: unknown };
  values(): unknown;
}

function storeOf(name: string, build: Build): Store {
  const config = storeCopy(name);
  const user = newUser();
  const path = join(config, 'secrets.bundle.json');
  const pqx = (args: readonly string[], input = '') =>
    user.pqx(args, { build, input, env: { PQC_CONFIG_DIR: config } });
  return {
    config,
    path,
    expected: JSON.parse(readFileSync(join(config, 'expected.json'), 'utf8')),
    pqx,
    bundle: () => JSON.parse(readFileSync(path, 'utf8')),
    values: () => JSON.parse(pqx(['export', '--format', 'json']).stdout),
  };
}

const DOUBLE = ['v1-rust-expanded', 'v1-python-seed'];
const SINGLE = 'v1-python-single-envelope';

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each([...DOUBLE, SINGLE])(
    '%s: used as it is, then brought to v2, with every value as it was',
    (name) => {
      const store = storeOf(name, build);
      expect(store.values()).toEqual(store.expected);
      const former = readFileSync(store.path);
      const { status, stdout, stderr } = store.pqx(['migrate', '--bundle-format', 'v2', '--label', 'laptop']);
      expect(status).toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain(`${store.path} is now a bundle of format v2 with 8 keys`);
      expect(stderr.includes('in the expanded form of older engines')).toBe(name !== 'v1-python-seed');
      expect(store.bundle().version).toBe(2);
      expect(store.values()).toEqual(store.expected);
      expect(store.pqx(['recipients']).stdout).toMatch(/^laptop {2}ML-KEM-768 {2}[0-9a-f]{64}\n$/);
      expect(readFileSync(`${store.path}.bak`)).toEqual(former);
      // Nothing is left to do, and the new identity that a rotation makes is a seed.
      expect(store.pqx(['migrate']).stderr.includes('is now a bundle')).toBe(false);
      expect(store.pqx(['rotate']).status).toBe(0);
      expect(store.pqx(['migrate']).stderr).toBe('there is nothing to migrate\n');
      expect(store.values()).toEqual(store.expected);
    },
  );

  test.each(DOUBLE)('%s: stays v1 unless v2 is said', (name) => {
    const store = storeOf(name, build);
    const former = readFileSync(store.path);
    expect(store.pqx(['migrate']).status).toBe(0);
    expect(store.pqx(['migrate', '--bundle-format', 'v1']).status).toBe(0);
    expect(readFileSync(store.path)).toEqual(former);
  });

  test('a single-envelope bundle becomes a double one, which the other engines read', () => {
    const store = storeOf(SINGLE, build);
    expect(store.pqx(['migrate']).stderr).toContain('is now a bundle of format v1 with 8 keys');
    expect(store.bundle()).toMatchObject({
      version: 1,
      alg: 'ML-KEM-768',
      recipient: { public_key_sha3_256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      keywrap: { kdf: 'SHA3-256', aad: 'pqc-secrets:v1:keywrap' },
      data: { aad: 'pqc-secrets:v1:data' },
    });
    expect(store.values()).toEqual(store.expected);
  });

  test('a single-envelope bundle that is edited is written as a double one', () => {
    const store = storeOf(SINGLE, build);
    expect(store.pqx(['set', 'EMPTY'], 'no more').status).toBe(0);
    expect(store.bundle()).toHaveProperty('keywrap');
    expect(store.values()).toEqual({ ...(store.expected as object), EMPTY: 'no more' });
  });

  test('a single-envelope bundle opens after a rotation too, though it does not say for whom it is', () => {
    const store = storeOf(SINGLE, build);
    expect(store.pqx(['keygen', '--force']).status).toBe(0);
    expect(store.values()).toEqual(store.expected);
    expect(store.pqx(['migrate', '--bundle-format', 'v2']).status).toBe(0);
    expect(store.values()).toEqual(store.expected);
  });

  test('there is no way back from v2', () => {
    const store = storeOf('v1-python-seed', build);
    store.pqx(['migrate', '--bundle-format', 'v2']);
    const { status, stderr } = store.pqx(['migrate', '--bundle-format', 'v1']);
    expect(status).toBe(1);
    expect(stderr).toContain('is of format v2, and nothing goes back to v1');
    expect(store.pqx(['migrate', '--bundle-format', 'v3']).status).toBe(2);
  });
});
