/** Entries of the keychain that older engines and people have made, and what `migrate` makes of them. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import {
  type KeychainUser,
  keychainUser,
  lookUp,
  MAIN,
  missingPackage,
  NEEDS,
  putEntry,
  WANTED,
} from '../support/keychain.ts';
import { BUILD_NAMES, root } from '../support/programs.ts';

const HEX = /^[0-9a-f]{128}$/;

/** Made by other engines: the fixtures' private keys, as entries. */
describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(
  `entries of older engines: ${NEEDS}, %s`,
  (build) => {
    async function stored(fixture: string): Promise<{ user: KeychainUser; key: Buffer; expected: object }> {
      const user = await keychainUser(build);
      cpSync(join(root, 'test/fixtures', fixture), user.config, { recursive: true });
      user.shell('chmod 700 "$PQC_CONFIG_DIR" && chmod 600 "$PQC_CONFIG_DIR"/*');
      const key = Buffer.from((await loadFileIdentity(user.config)).bytes);
      user.shell('rm "$PQC_CONFIG_DIR"/private.key.enc "$PQC_CONFIG_DIR"/machine.kek');
      return { user, key, expected: JSON.parse(readFileSync(join(user.config, 'expected.json'), 'utf8')) };
    }
    const opened = (user: KeychainUser, env = {}) =>
      JSON.parse(user.ok(['export', '--format', 'json'], { env: { ...WANTED, ...env } }).stdout);

    test.each([
      ['hex of a seed, by secret-tool', 'v1-python-seed', 'hex', ['account', MAIN]],
      ['base64 of a seed, by secret-tool', 'v1-python-seed', 'base64', ['account', MAIN]],
      [
        'hex of a seed, by the Python library',
        'v1-python-seed',
        'hex',
        ['username', MAIN, 'application', 'Python keyring library'],
      ],
      [
        'base64 of an expanded key, by the Rust library',
        'v1-rust-expanded',
        'base64',
        ['username', MAIN, 'target', 'default', 'application', 'rust-keyring'],
      ],
      ['hex of an expanded key, by secret-tool', 'v1-rust-expanded', 'hex', ['account', MAIN]],
    ] as const)('%s', async (_title, fixture, form, attributes) => {
      const { user, key, expected } = await stored(fixture);
      putEntry(user, `${key.toString(form)}\n`, attributes);
      expect(opened(user)).toEqual(expected);
      expect(existsSync(join(user.config, 'keychain.json'))).toBe(false);
      // A rotation replaces that entry, and makes no second one.
      user.ok(['rotate'], { env: WANTED });
      expect(opened(user)).toEqual(expected);
      expect(lookUp(user, MAIN, attributes[0])).toMatch(HEX);
      const found = user.session.tool(['search', '--all', 'service', 'pqc-secrets', attributes[0], MAIN]);
      expect(found.stdout.match(/^secret = /gm)).toHaveLength(1);
    });

    test('an identity of ML-KEM-1024 is written with its algorithm, and read so', async () => {
      const user = await keychainUser(build);
      user.ok(['keygen', '--store', 'keychain', '--alg', 'ML-KEM-1024']);
      expect(lookUp(user)).toMatch(/^ML-KEM-1024:[0-9a-f]{128}$/);
      user.ok(['pack'], { input: 'A=a1\n' });
      expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
      user.ok(['identity', '--to', 'file']);
      expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
    });

    test('migrate: from the older account to today’s, in hex; the older one stays', async () => {
      const { user, key, expected } = await stored('v1-python-seed');
      putEntry(user, key.toString('base64'), ['account', 'default']);
      const refused = user.pqx(['verify'], { env: WANTED });
      expect(refused).toMatchObject({
        status: 1,
        stderr: `pqx: the keychain has no entry pqc-secrets/${MAIN}\n  hint: pqx migrate   takes the one of the older account default\n`,
      });
      expect(user.ok(['migrate'], { env: WANTED }).stderr).toBe(
        `the identity in the keychain is now pqc-secrets/${MAIN}; pqc-secrets/default stays, for older engines\n`,
      );
      expect([lookUp(user), lookUp(user, 'default')]).toEqual([key.toString('hex'), key.toString('base64')]);
      expect(opened(user, { PQC_USE_KEYCHAIN: '' })).toEqual(expected);
      expect(user.ok(['migrate']).stderr).toBe('there is nothing to migrate\n');
      // What was rotated since is not taken back.
      user.ok(['rotate']);
      expect(user.ok(['migrate']).stderr).toBe('there is nothing to migrate\n');
      expect(opened(user)).toEqual(expected);
    });

    test('migrate: base64 becomes hex where it is; the accounts can be named', async () => {
      const { user, key, expected } = await stored('v1-rust-expanded');
      const env = { PQC_KEYCHAIN_ACCOUNT_OLD: 'former', PQC_KEYCHAIN_ACCOUNT_NEW: 'new' };
      putEntry(user, key.toString('base64'), ['username', 'new']);
      expect(user.ok(['migrate'], { env }).stderr).toBe(
        'the entry pqc-secrets/new of the keychain is now in hex\nthe identity is in the expanded form of older engines, and goes on as it is: pqx rotate   makes a new one, which is a seed\n',
      );
      expect(lookUp(user, 'new', 'username')).toBe(key.toString('hex'));
      expect(opened(user, { PQC_USE_KEYCHAIN: '' })).toEqual(expected);
      putEntry(user, key.toString('base64'), ['account', 'former']);
      const others = { ...env, PQC_KEYCHAIN_ACCOUNT_NEW: 'newer' };
      expect(user.ok(['migrate'], { env: others }).stderr).toContain(
        'is now pqc-secrets/newer; pqc-secrets/former stays',
      );
      expect(lookUp(user, 'newer')).toBe(key.toString('hex'));
    });

    test('what is no key, or not the one of recipient.pub, is refused, and nothing of it is shown', async () => {
      const { user, key } = await stored('v1-rust-expanded');
      const corrupted = Buffer.from(key);
      corrupted[1200] = (corrupted[1200] ?? 0) ^ 1;
      const refused = (text: string) => {
        putEntry(user, text);
        const { status, stdout, stderr } = user.pqx(['verify'], { env: WANTED });
        expect([status, stdout]).toEqual([1, '']);
        expect(stderr).not.toContain(text.slice(0, 12));
        expect(user.pqx(['printenv', 'A'], { env: WANTED })).toMatchObject({ stdout: '' });
        return stderr;
      };
      const named = `pqx: the entry pqc-secrets/${MAIN} of the keychain cannot be used: `;
      expect(refused('geheimes wort und mehr')).toContain(
        `${named}it is neither hex nor base64 of a private key\n`,
      );
      expect(refused(key.toString('hex').slice(0, 100))).toContain(
        `${named}the private key in it has 50 bytes`,
      );
      expect(refused(corrupted.toString('base64'))).toContain(`${named}the private key in it is corrupted`);
      expect(refused(`ML-KEM-1024:${'ab'.repeat(50)}`)).toContain(named);
      putEntry(user, Buffer.alloc(64, 7).toString('hex'));
      expect(user.pqx(['verify'], { env: WANTED }).stderr).toContain('not for this identity');
      const bundle = { ...WANTED, PQX_BUNDLE: join(user.home, 'new.json') };
      expect(user.pqx(['pack'], { env: bundle, input: 'A=a1\n' }).stderr).toContain(
        'is not the public key of the identity',
      );
    });
  },
);
