/** The cryptography of both builds: in Node by this test's own runtime, in Bun by a program that Bun runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { findBun } from '../../src/build/build.ts';
import { root } from '../support/programs.ts';
import type { Report } from './check.ts';
import { OWN_CHECKS, VECTOR_CHECKS } from './checks.ts';
import { VECTORS } from './vectors.ts';

const bun = findBun();
const program = fileURLToPath(new URL('./run.ts', import.meta.url));
const haveVectors = existsSync(VECTORS);

describe.for([
  { title: 'checks of our own', checks: OWN_CHECKS, present: true },
  { title: 'vectors of others (shared/vectors)', checks: VECTOR_CHECKS, present: haveVectors },
])('$title', ({ checks, present }) => {
  const names = Object.keys(checks);

  describe.skipIf(!present)('in Node', () => {
    test.for(Object.entries(checks))('%s', async ([name, check]) => {
      expectSound(name, await check());
    });
  });

  describe.skipIf(!present || bun === undefined)('in Bun', () => {
    let reports: Readonly<Record<string, Report>> = {};
    beforeAll(() => {
      reports = JSON.parse(execFileSync(bun ?? 'bun', [program, ...names], { encoding: 'utf8', cwd: root }));
    });
    test.for(names)('%s', (name) => {
      expectSound(name, reports[name]);
    });
  });
});

test('Node says nothing on standard error when ML-KEM is used', () => {
  const { status, stderr } = spawnSync(process.execPath, [program, 'known answers of ML-KEM'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

/** How many answers are compared with @noble and the public functions alone; a native ML-KEM adds to them. */
const LEAST: Readonly<Record<string, number>> = {
  'known answers of SHA-3, HMAC and HKDF': 9,
  'known answers of AES-256-GCM': 18,
  'known answers of ML-KEM': 48,
  'SHA-3, HMAC and HKDF agree with @noble': 300,
  'base64 and hex agree with Buffer': 6000,
  'AES-256-GCM agrees with @noble': 300,
  'every ML-KEM agrees with every other': 360,
  'Wycheproof ML-KEM-768': 845,
  'Wycheproof ML-KEM-1024': 845,
  'Wycheproof ML-KEM-768, expanded keys': 30,
  'Wycheproof AES-GCM': 605,
  'CCTV ML-KEM-768': 14,
  'CCTV ML-KEM-768, unreduced public keys': 2340,
};

function expectSound(name: string, report: Report | undefined): void {
  expect(report?.wrong).toEqual([]);
  expect(report?.checked).toBeGreaterThanOrEqual(LEAST[name] ?? Number.POSITIVE_INFINITY);
}
