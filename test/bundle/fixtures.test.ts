/** Stores that OpenSSL made from the format's page, and broken bundles, as a user of either build meets them. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storeCopy } from '../identity/store-copy.ts';
import { BUILD_NAMES, root } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { expectedOf, fixtureJson } from './store.ts';

const WHOLE = [
  'v1-python-seed',
  'v1-python-single-envelope',
  'v1-rust-expanded',
  'v2-mixed-1024-reader',
  'v2-one-recipient',
];

describe.each(BUILD_NAMES)('%s', (build) => {
  test.for(WHOLE)('%s opens, and every value is exact', (store) => {
    const env = { PQC_CONFIG_DIR: storeCopy(store) };
    const user = newUser();
    const printed = user.ok(['export', '--format', 'json'], { build, env });
    expect([Object.entries(JSON.parse(printed.stdout)), printed.stderr]).toEqual([expectedOf(store), '']);
    const names = expectedOf(store).map(([name]) => `${name}\n`);
    expect(user.ok(['verify'], { build, env }).stdout).toBe(
      `Bundle valid: ${names.length} keys\n${names.join('')}`,
    );
    expect(user.ok(['list'], { build, env }).stdout).toBe(names.join(''));
  });

  test.for(Object.entries(fixtureJson<Record<string, string>>('v2-broken', 'cases.json')))(
    'v2-broken, %s: %s',
    ([name, what], { expect: expectIn }) => {
      const store = storeCopy('v2-broken');
      const env = { PQC_CONFIG_DIR: store };
      const path = join(store, 'secrets.bundle.json');
      copyFileSync(join(root, 'test', 'fixtures', 'v2-broken', `${name}.json`), path);
      const user = newUser();
      const result = user.pqx(['verify'], { build, env });
      if (what === 'opens') {
        expectIn(result).toMatchObject({ status: 0, stderr: '' });
        return;
      }
      expectIn([result.status, result.stdout]).toEqual([1, '']);
      expectIn(result.stderr.split('\n')[0]).toContain(`pqx: ${path} is ${what}`);
      const launch = user.pqx(['--env', 'X=A', 'env'], { build, env });
      // Names stand in clear: a launch that asks for one which is not there says so before it opens anything.
      expectIn([launch.status, launch.stdout]).toEqual([125, '']);
    },
  );
});
