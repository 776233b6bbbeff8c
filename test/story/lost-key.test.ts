/** What opens the private key is lost: every way out that is named works, and none leads back to where it came from. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Result, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { bundleFile } from '../support/v2.ts';

const START_OVER = 'pqx keygen --force   starts over';

function hintOf({ stderr }: Result): string {
  return /^ {2}hint: (.+)$/m.exec(stderr)?.[1] ?? '';
}

function identityOf(user: User) {
  return JSON.parse(user.ok(['status', '--json']).stdout).identity;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('machine.kek is lost: said by every word, and a new identity starts over', () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['set', 'A'], { input: 'one' });
    const kek = readFileSync(join(user.config, 'machine.kek'));
    const former = readFileSync(join(user.config, 'private.key.enc'));
    rmSync(join(user.config, 'machine.kek'));

    const problem = `${user.config}/machine.kek is missing, and private.key.enc does not open without it`;
    expect(identityOf(user)).toMatchObject({ state: 'wrong', problem });
    for (const line of ['keygen', 'rotate', 'init', 'get A', 'set B', 'verify']) {
      const refused = user.pqx(line.split(' '), { build, input: 'x' });
      expect([line, refused.status]).toEqual([line, 1]);
      expect(refused.stderr).toContain(problem);
      expect(hintOf(refused)).toContain(START_OVER);
    }
    expect(user.pqx(['doctor'], { build }).stdout).toContain(START_OVER);
    expect(existsSync(join(user.config, 'machine.kek'))).toBe(false);

    const over = user.shell(START_OVER.replace('   starts over', ''), { build });
    expect(over.status).toBe(0);
    expect(over.stderr).toContain('the former private key is kept as a backup');
    expect(over.stderr).toContain(`${bundleFile(user)} is for another identity`);
    expect(identityOf(user).state).toBe('ok');
    const [kept = ''] = readdirSync(user.config).filter((name) => /^private\.key\..+\.enc$/.test(name));
    expect(readFileSync(join(user.config, kept))).toEqual(former);
    expect(user.pqx(['get', 'A'], { build }).stderr).toContain('is not for this identity');

    expect(user.shell(hintOf(over), { build }).status).toBe(0);
    user.ok(['set', 'A'], { build, input: 'two' });
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('two');
    expect(user.pqx(['doctor'], { build }).status).toBe(0);

    // Should machine.kek turn up after all, what was kept opens what was there.
    const found = join(user.home, 'found');
    mkdirSync(found, { mode: 0o700 });
    user.write('found/machine.kek', kek);
    copyFileSync(join(user.config, kept), join(found, 'private.key.enc'));
    copyFileSync(`${bundleFile(user)}.former`, join(found, 'secrets.bundle.json'));
    expect(user.ok(['get', 'A'], { build, env: { PQC_CONFIG_DIR: found } }).stdout).toBe('one');
  });

  test('the passphrase is lost: said, and the same way out', () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['set', 'A'], { input: 'one' });
    const env = { PQX_PASSPHRASE_FILE: user.write('word', 'word\n') };
    user.ok(['identity', '--to', 'passphrase'], { env });
    user.write('word', 'another\n');
    for (const line of ['get A', 'rotate']) {
      const refused = user.pqx(line.split(' '), { build, env });
      expect([line, refused.status]).toEqual([line, 1]);
      expect(hintOf(refused)).toContain(START_OVER);
    }
    const over = user.shell('pqx keygen --force', { build, env });
    expect(over.stderr).toContain(`${bundleFile(user)} is for another identity`);
    expect(user.shell(hintOf(over), { build, env }).status).toBe(0);
    user.ok(['set', 'A'], { build, env, input: 'two' });
    expect(user.ok(['get', 'A'], { build, env }).stdout).toBe('two');
  });

  test('an identity that opens is replaced: the bundle goes on opening, and nothing is said of it', () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['set', 'A'], { input: 'one' });
    expect(user.ok(['keygen', '--force'], { build }).stderr).not.toContain('is for another identity');
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('one');
    user.write('.config/pqc-secrets/profiles.yaml', 'broken: [\n');
    user.ok(['keygen', '--force'], { build });
  });

  test('the private key itself is lost: keygen makes another, and says what stays closed', () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['set', 'A'], { input: 'one' });
    rmSync(join(user.config, 'private.key.enc'));
    const refused = user.pqx(['get', 'A'], { build });
    expect(refused.status).toBe(1);
    const made = user.shell(hintOf(refused), { build });
    expect(made.status).toBe(0);
    expect(made.stderr).toContain(`${bundleFile(user)} is for another identity`);
    expect(user.shell(hintOf(made), { build }).status).toBe(0);
    expect(user.ok(['list'], { build }).stdout).toBe('');
  });
});
