/** The identity in a keychain: a real Secret Service on a bus of its own. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingPackage, type Session, startSession } from '../support/keychain.ts';
import { BUILD_NAMES, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const HEX = /^[0-9a-f]{128}$/;

interface Fixture extends User {
  readonly session: Session;
}

/** A user with a keychain, whose every pqx is of the build and reaches it. */
async function fixture(build: Build): Promise<Fixture> {
  const user = newUser();
  const session = await startSession(user);
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  printenv: { command: printenv, env: { A: A } }\n',
  );
  const { env } = session;
  return {
    ...user,
    session,
    pqx: (args, options) => user.pqx(args, { build, ...options, env: { ...env, ...options?.env } }),
    ok: (args, options) => user.ok(args, { build, ...options, env: { ...env, ...options?.env } }),
    shell: (line, options) => user.shell(line, { build, ...options, env: { ...env, ...options?.env } }),
  };
}

function lookUp(user: Fixture, account = 'pqc-secrets-key'): string {
  return user.session.tool(['lookup', 'service', 'pqc-secrets', 'account', account]).stdout;
}

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(
  '%s, with a Secret Service (dbus, gnome-keyring, libsecret-tools)',
  (build) => {
    test('keygen, pack, launch, rotate: no private key in a file, no variable to be set', async () => {
      const user = await fixture(build);
      expect(user.ok(['keygen', '--store', 'keychain']).stderr).toBe(
        'ML-KEM-768 identity in the keychain, as pqc-secrets/pqc-secrets-key\n',
      );
      const first = lookUp(user);
      expect(first).toMatch(HEX);
      user.ok(['pack'], { input: 'A=a1\n' });
      expect(user.pqx(['printenv', 'A'])).toMatchObject({ status: 0, stdout: 'a1\n', stderr: '' });
      expect(user.ok(['identity']).stdout).toBe(
        'ML-KEM-768 identity in the keychain, as pqc-secrets/pqc-secrets-key\n',
      );
      expect(statSync(join(user.config, 'keychain.json')).mode & 0o777).toBe(0o600);
      for (const name of ['private.key.enc', 'machine.kek'])
        expect(existsSync(join(user.config, name))).toBe(false);
      const said = user.ok(['rotate']).stderr;
      expect(said).toContain('a new ML-KEM-768 identity in the keychain, and 1 key in ');
      const kept = /kept as pqc-secrets\/(pqc-secrets-key\.[0-9a-f]{16}):/.exec(said)?.[1] ?? '';
      expect(lookUp(user, kept)).toBe(first);
      expect(lookUp(user)).toMatch(HEX);
      expect(lookUp(user)).not.toBe(first);
      expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
      // The former bundle is for the former identity.
      const former = { PQX_BUNDLE: join(user.config, 'secrets.bundle.json.bak') };
      expect(user.pqx(['get', 'A'], { env: former })).toMatchObject({ status: 0, stdout: 'a1' });
      expect(user.ok(['rotate', '--purge']).stderr).toContain(`removed pqc-secrets/${kept}, `);
      expect(lookUp(user, kept)).toBe('');
      expect(user.ok(['get', 'A']).stdout).toBe('a1');
      expect(JSON.parse(readFileSync(join(user.config, 'keychain.json'), 'utf8'))).toEqual({
        version: 1,
        account: 'pqc-secrets-key',
        former: [],
      });
    });
  },
);
