/** A new identity, without a moment at which the old keys cannot be opened. Both builds. */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { bundleFile } from '../support/v2.ts';

const KEYS = 'A=one\nB=two\n';

function identityOf(user: User): string {
  return JSON.parse(user.ok(['status', '--json']).stdout).identity.public_key_sha3_256;
}

function keptOf(user: User): readonly string[] {
  return readdirSync(user.config).filter((name) => /^private\.key\..+\.enc$/.test(name));
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each(['v1', 'v2'])('a %s bundle: rotated, its former identity kept until --purge', (format) => {
    const user = newUser();
    user.ok(['keygen']);
    user.ok(['pack', '--bundle-format', format], { input: KEYS });
    const former = identityOf(user);
    const other = join(user.home, 'other.json');
    copyFileSync(bundleFile(user), other);

    // `keygen` is not the way, and says which is.
    const refused = user.pqx(['keygen'], { build });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/needs it\n {2}hint: pqx rotate {3}makes a new one/);

    const { stdout, stderr } = user.ok(['rotate'], { build });
    const kept = `private.key.${former.slice(0, 16)}.enc`;
    expect(stdout).toBe('');
    expect(stderr).toContain(`2 keys in ${bundleFile(user)} encrypted anew for it`);
    expect(stderr).toContain(`the former identity is kept as ${kept}: pqx rotate --purge   removes it`);
    expect(identityOf(user)).not.toBe(former);
    expect(keptOf(user)).toEqual([kept]);
    expect(statSync(join(user.config, kept)).mode & 0o777).toBe(0o600);
    expect(user.ok(['export', '--format', 'dotenv'], { build }).stdout).toBe("A='one'\nB='two'\n");

    // What is still for the former identity opens, by words and by launches, and can be changed.
    expect(user.ok(['--bundle', other, 'get', 'A'], { build }).stdout).toBe('one');
    expect(user.ok(['--bundle', other, '--env', 'X=B', 'printenv', 'X'], { build }).stdout).toBe('two\n');
    user.ok(['--bundle', other, 'set', 'C'], { build, input: 'three' });
    expect(user.ok(['--bundle', `${bundleFile(user)}.bak`, 'get', 'A'], { build }).stdout).toBe('one');

    // It follows to the identity that is there now, which stays.
    const now = identityOf(user);
    expect(user.ok(['--bundle', other, 'rotate'], { build }).stderr).toContain(
      'was for an identity that is kept: its 3 keys are now encrypted for this one, which stays as it is',
    );
    expect(identityOf(user)).toBe(now);

    const purged = user.ok(['rotate', '--purge'], { build });
    expect(purged.stderr).toContain(`removed ${kept}, ${bundleFile(user)}.bak;`);
    expect(keptOf(user)).toEqual([]);
    expect(existsSync(`${bundleFile(user)}.bak`)).toBe(false);
    expect(user.ok(['verify'], { build }).stdout).toBe('Bundle valid: 2 keys\nA\nB\n');
    expect(user.ok(['--bundle', other, 'verify'], { build }).stdout).toBe('Bundle valid: 3 keys\nA\nB\nC\n');
    expect(user.ok(['rotate', '--purge'], { build }).stderr).toBe('there is no former identity to remove\n');
  });

  test('--purge removes nothing while the bundle still needs it', () => {
    const user = newUser();
    user.ok(['keygen']);
    user.ok(['pack'], { input: KEYS });
    const former = readFileSync(bundleFile(user));
    user.ok(['keygen', '--force'], { build });
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('one');
    const refused = user.pqx(['rotate', '--purge'], { build });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe(
      `pqx: ${bundleFile(user)} is still for a former identity; nothing was removed\n` +
        '  hint: pqx rotate   encrypts it for this one first\n',
    );
    expect(keptOf(user)).toHaveLength(1);
    expect(readFileSync(bundleFile(user))).toEqual(former);
    user.ok(['rotate'], { build });
    user.ok(['rotate', '--purge'], { build });
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('one');
  });

  test('twice in a row, with a 1024 identity, and with no bundle at all', () => {
    const user = newUser();
    user.ok(['keygen', '--alg', 'ML-KEM-1024']);
    const first = identityOf(user);
    expect(user.ok(['rotate'], { build }).stderr).toContain('there was no bundle to encrypt anew');
    expect(identityOf(user)).not.toBe(first);
    user.ok(['pack'], { build, input: KEYS });
    user.ok(['rotate'], { build });
    user.ok(['rotate'], { build });
    expect(keptOf(user)).toHaveLength(3);
    expect(JSON.parse(user.ok(['recipients', '--json']).stdout)).toMatchObject([
      { alg: 'ML-KEM-1024', public_key_sha3_256: identityOf(user) },
    ]);
    expect(user.ok(['get', 'B'], { build }).stdout).toBe('two');
  });

  test('a recipient.pub that somebody exchanged is encrypted to by nothing', () => {
    const [user, other] = [newUser(), newUser()];
    user.ok(['keygen']);
    other.ok(['keygen']);
    copyFileSync(join(other.config, 'recipient.pub'), join(user.config, 'recipient.pub'));
    for (const args of [['pack'], ['pack', '--bundle-format', 'v1'], ['set', 'A']]) {
      const { status, stderr } = user.pqx(args, { build, input: 'A=x\n' });
      expect(status).toBe(1);
      expect(stderr).toContain(
        'is not the public key of the identity beside it; nothing was encrypted to it',
      );
    }
    expect(existsSync(bundleFile(user))).toBe(false);
    const hint = /hint: (.*?) {3}/.exec(user.pqx(['pack'], { build, input: 'A=x\n' }).stderr)?.[1] ?? '';
    expect(user.shell(hint, { build }).status).toBe(0);
    user.ok(['set', 'A'], { build, input: 'x' });
    expect(other.pqx(['--bundle', bundleFile(user), 'verify'], { build }).status).toBe(1);
  });
});
