/** From an empty home to a program that has its key. Both builds. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

describe.each(BUILD_NAMES)('%s', (build) => {
  test('init, set, profiles add, launch', () => {
    const user = newUser();
    const made = user.ok(['init'], { build });
    expect(made.stdout).toBe('');
    expect(made.stderr).toBe(
      `identity  made: ${user.config}\n` +
        `bundle    made: ${join(user.config, 'secrets.bundle.json')}\n` +
        `profiles  made: ${join(user.config, 'profiles.yaml')}\n` +
        'next: pqx set NAME   stores a key; pqx profiles add TOOL   says who gets it; pqx TOOL\n',
    );
    const modes = readdirSync(user.config, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, statSync(join(user.config, name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual({
      'known.json': 0o600,
      'machine.kek': 0o600,
      'private.key.enc': 0o600,
      'profiles.yaml': 0o600,
      'recipient.pub': 0o644,
      'secrets.bundle.json': 0o600,
    });
    expect(statSync(user.config).mode & 0o777).toBe(0o700);
    expect(user.ok(['list'], { build }).stdout).toBe('');

    user.ok(['set', 'MY_KEY'], { build, input: 'k1\n' });
    user.ok(['gen', '--set', 'SESSION_SECRET'], { build });
    user.ok(['profiles', 'add', 'printenv', '--env', 'TOOL_TOKEN=MY_KEY'], { build });
    expect(user.ok(['printenv', 'TOOL_TOKEN'], { build }).stdout).toBe('k1\n');
    expect(user.pqx(['printenv', 'SESSION_SECRET'], { build }).status).toBe(1);

    // Again: everything was there, and stays.
    const again = user.ok(['init'], { build });
    expect(again.stderr.match(/was there/g)).toHaveLength(3);
    expect(user.ok(['printenv', 'TOOL_TOKEN'], { build }).stdout).toBe('k1\n');

    const { bundle, identity } = JSON.parse(user.ok(['status', '--json'], { build }).stdout);
    expect(bundle).toMatchObject({ state: 'ok', format: 'v2', revision: 3, keys: 2 });
    expect(bundle.recipients).toHaveLength(1);
    expect(identity).toMatchObject({ state: 'ok', store: 'file', alg: 'ML-KEM-768' });

    user.ok(['rename', 'MY_KEY', 'TOOL_KEY'], { build });
    const missing = user.pqx(['printenv', 'TOOL_TOKEN'], { build });
    expect(missing.status).toBe(125);
    expect(missing.stderr).toContain('MY_KEY');
  });
});
