/** A team shares one bundle in a repository; then somebody leaves. Both builds. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

describe.each(BUILD_NAMES)('%s', (build) => {
  test('one more can open it; the one removed opens nothing that is written from then on, by no trick with the file', () => {
    const [anna, bob, carol] = [newUser(), newUser(), newUser()];
    const shared = join(anna.home, 'repository.json');
    const at = (...args: string[]) => ['--bundle', shared, ...args];
    for (const [user, alg] of [
      [anna, 'ML-KEM-768'],
      [bob, 'ML-KEM-768'],
      [carol, 'ML-KEM-1024'],
    ] as const) {
      user.ok(['keygen', '--alg', alg], { build });
    }
    anna.ok(at('set', 'DEPLOY_TOKEN'), { build, input: 'first' });
    anna.ok(at('set', 'OTHER_KEY'), { build, input: 'other' });

    const stranger = bob.pqx(at('get', 'DEPLOY_TOKEN'), { build });
    expect(stranger.status).toBe(1);
    expect(stranger.stderr).toMatch(/is not for this identity: it is for .*\n {2}hint: pqx recipients add/);
    for (const [user, label] of [
      [bob, 'bob'],
      [carol, 'carol'],
    ] as const) {
      anna.ok(at('recipients', 'add', join(user.config, 'recipient.pub'), '--label', label), { build });
    }
    expect(bob.ok(at('get', 'DEPLOY_TOKEN'), { build }).stdout).toBe('first');
    expect(carol.ok(at('--env', 'X=OTHER_KEY', 'printenv', 'X').slice(0), { build }).stdout).toBe('other\n');
    // What one of them stores, the others read.
    carol.ok(at('set', 'FROM_CAROL'), { build, input: 'hello' });
    expect(anna.ok(at('get', 'FROM_CAROL'), { build }).stdout).toBe('hello');
    const rows = JSON.parse(bob.ok(at('recipients', 'list', '--json'), { build }).stdout);
    expect(rows.slice(1)).toEqual([
      { label: 'bob', alg: 'ML-KEM-768', public_key_sha3_256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { label: 'carol', alg: 'ML-KEM-1024', public_key_sha3_256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    const withBob = readFileSync(shared);
    copyFileSync(shared, join(bob.home, 'kept.json'));

    const removed = anna.ok(at('recipients', 'remove', 'bob'), { build });
    expect(removed.stdout).toBe('');
    expect(removed.stderr).toBe(
      `bob cannot open ${shared} any more, nor what is added to it.\n` +
        'But bob has seen, or can open in an older copy: 3 keys. Change them at their providers:\n' +
        '  DEPLOY_TOKEN\n  FROM_CAROL\n  OTHER_KEY\n',
    );
    anna.ok(at('set', 'DEPLOY_TOKEN'), { build, input: 'second' });
    const gone = bob.pqx(at('get', 'DEPLOY_TOKEN'), { build });
    expect(gone.status).toBe(1);
    expect(gone.stderr).toContain('is not for this identity: it is for ');
    expect(bob.ok(['--bundle', join(bob.home, 'kept.json'), 'get', 'DEPLOY_TOKEN'], { build }).stdout).toBe(
      'first',
    );

    // Another data key: neither the old stanza nor old entries fit into the new file.
    const [old, now] = [JSON.parse(withBob.toString()), JSON.parse(readFileSync(shared, 'utf8'))];
    expect(now.bundle_id).not.toBe(old.bundle_id);
    expect(now.dek_commitment_b64).not.toBe(old.dek_commitment_b64);
    expect(now.revision).toBe(old.revision + 2);
    const spliced = { ...now, recipients: [...now.recipients, old.recipients[1]] };
    writeFileSync(join(bob.home, 'spliced.json'), JSON.stringify(spliced));
    const trick = bob.pqx(['--bundle', join(bob.home, 'spliced.json'), 'verify'], { build });
    expect(trick.status).toBe(1);
    expect(trick.stderr).toContain('is damaged or tampered with');

    // For carol it is another bundle than the one that she opened here before: she is asked, once.
    const asked = carol.pqx(at('get', 'DEPLOY_TOKEN'), { build });
    expect(asked.status).toBe(1);
    expect(asked.stderr).toContain('is not the bundle that was opened here before');
    expect(carol.ok(at('verify', '--accept'), { build }).stdout).toContain('the names are the same');
    expect(carol.ok(at('get', 'DEPLOY_TOKEN'), { build }).stdout).toBe('second');
    // Her own rotation keeps the others.
    carol.ok(at('rotate'), { build });
    anna.ok(at('verify', '--accept'), { build });
    expect(anna.ok(at('get', 'FROM_CAROL'), { build }).stdout).toBe('hello');
    expect(anna.ok(at('recipients'), { build }).stdout).toMatch(
      /^\S+ +ML-KEM-768 .*\ncarol +ML-KEM-1024 .*\n$/,
    );
  });

  test('what a recipient cannot be', () => {
    const [anna, bob] = [newUser(), newUser()];
    anna.ok(['init', '--label', 'anna'], { build });
    bob.ok(['keygen']);
    const pub = join(bob.config, 'recipient.pub');
    const cases = [
      { args: ['add', pub], status: 2, says: 'needs a label' },
      { args: ['add', pub, '--label', 'not a label'], status: 2, says: 'that is no label for a recipient' },
      { args: ['add', pub, '--label', 'anna'], status: 1, says: 'there is a recipient anna already' },
      {
        args: ['add', join(anna.config, 'recipient.pub'), '--label', 'again'],
        status: 1,
        says: 'are the same public key',
      },
      { args: ['add', 'nowhere', '--label', 'x'], status: 1, says: 'there is no public key at' },
      {
        args: ['add', join(anna.config, 'profiles.yaml'), '--label', 'x'],
        status: 1,
        says: 'cannot be used',
      },
      { args: ['remove', 'ana'], status: 1, says: 'did you mean anna?' },
      { args: ['remove', 'anna'], status: 1, says: 'anna is this identity itself' },
      { args: ['remove'], status: 2, says: 'needs a LABEL' },
      { args: ['ad'], status: 2, says: 'did you mean add?' },
    ];
    const before = readFileSync(join(anna.config, 'secrets.bundle.json'));
    for (const { args, status, says } of cases) {
      const result = anna.pqx(['recipients', ...args], { build });
      expect(result.status, says).toBe(status);
      expect(result.stderr).toContain(says);
    }
    expect(readFileSync(join(anna.config, 'secrets.bundle.json'))).toEqual(before);
  });
});
