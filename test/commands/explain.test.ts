/** `explain` says what a launch would refuse, where that can be known without a value: the launch says the same. */
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { putV1 } from '../support/v1.ts';
import { bundleFile } from '../support/v2.ts';

function ready(settings = ''): User {
  const user = newUser();
  user.ok(['init']);
  user.ok(['set', 'A'], { input: 'canary' });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    `version: 1\n${settings}profiles:\n  t: { command: "true", env: { X: A } }\n  plain: { command: "false" }\n`,
  );
  return user;
}

const REFUSALS: Readonly<Record<string, (user: User) => void>> = {
  'a bundle that was exchanged': (user) => {
    user.ok(['--bundle', 'other.json', 'pack'], { input: 'A=canary\n' });
    renameSync(join(user.home, 'other.json'), bundleFile(user));
  },
  'a bundle of somebody else': (user) => copyFileSync(bundleFile(ready()), bundleFile(user)),
  'a private key that cannot be opened': (user) => rmSync(join(user.config, 'machine.kek')),
  'no private key': (user) => rmSync(join(user.config, 'private.key.enc')),
  'an earlier state, which is to be refused': (user) => {
    copyFileSync(bundleFile(user), join(user.home, 'older'));
    user.ok(['set', 'B'], { input: 'canary' });
    copyFileSync(join(user.home, 'older'), bundleFile(user));
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      'version: 1\nsettings: { rollback: refuse }\nprofiles: { t: { command: "true", env: { X: A } } }\n',
    );
  },
  'an audit log that is required and cannot be written': (user) => {
    rmSync(join(user.config, 'audit.jsonl'), { force: true });
    mkdirSync(join(user.config, 'audit.jsonl'));
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      'version: 1\nsettings: { audit: required }\nprofiles: { t: { command: "true", env: { X: A } } }\n',
    );
  },
  'a variable that no program can be started with': (user) => {
    const value = 'v'.repeat(131_070);
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      `version: 1\nprofiles: { t: { command: "true", env: { X: A, Y: { value: ${value} } } } }\n`,
    );
  },
};

describe.each(BUILD_NAMES)('%s', (build) => {
  test('what starts is said to start, and nothing is written for that', () => {
    const user = ready('settings: { audit: required }\n');
    rmSync(join(user.config, 'audit.jsonl'));
    rmSync(join(user.config, 'known.json'));
    const { stdout } = user.ok(['explain', 'true'], { build });
    expect(stdout).not.toContain('problem');
    expect(stdout).not.toContain('canary');
    expect(() => renameSync(join(user.config, 'audit.jsonl'), 'x')).toThrow();
    expect(() => renameSync(join(user.config, 'known.json'), 'x')).toThrow();
    user.ok(['true'], { build });
  });

  test.each(Object.keys(REFUSALS))('%s', (what) => {
    const user = ready();
    REFUSALS[what]?.(user);
    const launched = user.pqx(['true'], { build });
    expect(launched.status).not.toBe(0);
    const explained = user.pqx(['explain', '--json', 'true'], { build });
    expect(explained.status).toBe(1);
    const { would_start: wouldStart, problem } = JSON.parse(explained.stdout);
    expect([wouldStart, `pqx: ${problem}`]).toEqual([false, launched.stderr.split('\n')[0]]);
  });

  test('a v1 bundle of somebody else, whose names are not known', async () => {
    const [user, other] = [ready(), ready()];
    await putV1(other, { A: 'canary' });
    copyFileSync(bundleFile(other), bundleFile(user));
    rmSync(join(user.config, 'known.json'));
    const explained = user.pqx(['explain', 'true'], { build });
    expect(explained.status).toBe(1);
    expect(explained.stdout).toMatch(/^problem .* is not for this identity/m);
  });

  test('a launch that needs no key needs no identity', () => {
    const user = ready();
    rmSync(join(user.config, 'private.key.enc'));
    user.ok(['explain', 'false'], { build });
  });

  test('under a passphrase nobody is asked, and what would need it is not known', () => {
    const user = ready();
    const env = { PQX_PASSPHRASE_FILE: user.write('word', 'word\n') };
    user.ok(['identity', '--to', 'passphrase'], { env });
    REFUSALS['a bundle of somebody else']?.(user);
    user.ok(['explain', 'true'], { build });
    expect(user.pqx(['explain', 'true'], { build, env }).status).toBe(1);
  });
});
