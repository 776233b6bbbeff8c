/** pqx inside a launch of pqx, where the config directory is another than the usual one: it is not handed on, and said. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

function ready(outer: (config: string) => string): User {
  const user = newUser();
  const config = join(user.home, 'elsewhere');
  const custom = { ...user, env: { ...user.env, PQC_CONFIG_DIR: config } };
  user.ok(['init'], { env: custom.env });
  user.ok(['set', 'A'], { env: custom.env, input: 'value' });
  user.write(
    'elsewhere/profiles.yaml',
    `version: 1\nprofiles:\n  outer: { env: { ${outer(config)} } }\n  inner: { command: printenv, env: { X: A } }\n`,
  );
  return custom;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each(['pqx get A', 'pqx printenv X', 'pqx list', 'pqx pack', 'pqx --env X=A printenv X'])(
    '%s',
    (line) => {
      const user = ready(() => 'T: A');
      const refused = user.shell(`pqx -p outer sh -c '${line}'`, { build, env: user.env, input: 'A=1\n' });
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toContain(
        'hint: env: { PQC_CONFIG_DIR: { value: DIRECTORY } }   in the profile outer hands another config directory on',
      );
    },
  );

  test('what the hint says works', () => {
    const user = ready((config) => `T: A, PQC_CONFIG_DIR: { value: ${config} }`);
    const result = user.shell("pqx -p outer sh -c 'pqx printenv X T'", { build, env: user.env });
    expect(result.stdout).toBe('value\n');
  });

  test('outside a launch, and inside one with the usual directory, nothing is said of it', () => {
    const user = newUser();
    expect(user.pqx(['list'], { build }).stderr).not.toContain('PQC_CONFIG_DIR');
    const nested = { PQX_PROFILE: 'x' };
    expect(user.pqx(['list'], { build, env: nested }).stderr).not.toContain('hands another');
  });
});
