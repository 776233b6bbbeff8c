/**
 * The identity in a keychain: a real Secret Service on a bus of its own. Entries of older engines: keychain-entries; a
 * keychain that is broken: keychain-broken.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
import { BUILD_NAMES, userIn } from '../support/programs.ts';
import { pqxOnTerminal } from '../support/terminal.ts';

const HEX = /^[0-9a-f]{128}$/;

function record(user: KeychainUser): unknown {
  return JSON.parse(readFileSync(join(user.config, 'keychain.json'), 'utf8'));
}

function filesOf(user: KeychainUser): readonly boolean[] {
  return ['private.key.enc', 'machine.kek', 'keychain.json'].map((name) =>
    existsSync(join(user.config, name)),
  );
}

async function seedOf(user: KeychainUser): Promise<string> {
  return Buffer.from((await loadFileIdentity(user.config)).bytes).toString('hex');
}

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(`${NEEDS}, %s`, (build) => {
  test('keygen, pack, launch, rotate: no private key in a file, no variable to be set', async () => {
    const user = await keychainUser(build);
    expect(user.ok(['keygen', '--store', 'keychain']).stderr).toBe(
      'ML-KEM-768 identity in the keychain, as pqc-secrets/pqc-secrets-key\n',
    );
    const first = lookUp(user);
    expect(first).toMatch(HEX);
    expect(lookUp(user, MAIN, 'username')).toBe(first);
    user.ok(['pack'], { input: 'A=a1\n' });
    expect(user.pqx(['printenv', 'A'])).toMatchObject({ status: 0, stdout: 'a1\n', stderr: '' });
    expect(user.ok(['identity']).stdout).toBe(
      'ML-KEM-768 identity in the keychain, as pqc-secrets/pqc-secrets-key\n',
    );
    expect(statSync(join(user.config, 'keychain.json')).mode & 0o777).toBe(0o600);
    expect(filesOf(user)).toEqual([false, false, true]);
    const said = user.ok(['rotate']).stderr;
    expect(said).toContain('a new ML-KEM-768 identity in the keychain, and 1 key in ');
    const kept = /kept as pqc-secrets\/(pqc-secrets-key\.[0-9a-f]{16}):/.exec(said)?.[1] ?? '';
    expect(lookUp(user, kept)).toBe(first);
    expect(lookUp(user)).toMatch(HEX);
    expect(lookUp(user)).not.toBe(first);
    expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
    expect(record(user)).toEqual({ version: 1, account: MAIN, former: [kept] });
    // The former bundle is for the former identity.
    const former = { PQX_BUNDLE: join(user.config, 'secrets.bundle.json.bak') };
    expect(user.pqx(['get', 'A'], { env: former })).toMatchObject({ status: 0, stdout: 'a1' });
    expect(user.ok(['rotate', '--purge']).stderr).toContain(`removed pqc-secrets/${kept}, `);
    expect(lookUp(user, kept)).toBe('');
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
    expect(record(user)).toEqual({ version: 1, account: MAIN, former: [] });
  });

  test('the target is started as it is from the file store: signals, descriptors, variables', async () => {
    const user = await keychainUser(build);
    user.ok(['keygen']);
    user.ok(['pack'], { input: 'A=a1\n' });
    const look = () =>
      ['', "trap '' CHLD; ", "trap '' INT PIPE; "].flatMap((before) =>
        ['grep -E "^(Sig(Blk|Ign|Cgt)|CapEff)" /proc/self/status', 'ls /proc/self/fd', 'env'].map(
          (target) => user.shell(`${before}exec pqx --env A=A ${target}`).stdout,
        ),
      );
    const before = look();
    expect(before[0]).toMatch(/^SigBlk:.*\nSigIgn:/);
    user.ok(['identity', '--to', 'keychain']);
    expect(look()).toEqual(before);
  });

  test('identity --to keychain, passphrase, file: the same key all the time, each place given up once the next has it', async () => {
    const user = await keychainUser(build);
    user.ok(['keygen']);
    user.ok(['pack'], { input: 'A=a1\n' });
    const seed = await seedOf(user);
    const passphrase = { PQX_PASSPHRASE_FILE: user.write('passphrase', 'made up\n') };
    expect(user.ok(['identity', '--to', 'keychain']).stderr).toBe(
      `the identity of ${user.config} is now in the keychain, as pqc-secrets/${MAIN}\n`,
    );
    expect(lookUp(user)).toBe(seed);
    expect(filesOf(user)).toEqual([false, false, true]);
    expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
    expect(user.ok(['identity', '--to', 'passphrase'], { env: passphrase }).stderr).toBe(
      `the identity in ${user.config} is now under a passphrase\n`,
    );
    expect(lookUp(user)).toBe('');
    expect(filesOf(user)).toEqual([true, false, false]);
    expect(user.ok(['printenv', 'A'], { env: passphrase }).stdout).toBe('a1\n');
    user.ok(['identity', '--to', 'keychain'], { env: passphrase });
    user.ok(['identity', '--to', 'keychain'], { env: { PQC_KEYCHAIN_ACCOUNT: 'mine' } });
    expect([lookUp(user), lookUp(user, 'mine')]).toEqual(['', seed]);
    expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
    user.ok(['identity', '--to', 'file']);
    expect(lookUp(user, 'mine')).toBe('');
    expect(filesOf(user)).toEqual([true, true, false]);
    expect(await seedOf(user)).toBe(seed);
    expect(user.ok(['printenv', 'A']).stdout).toBe('a1\n');
  });

  test('an entry of another key is not overwritten, neither by a move nor by keygen', async () => {
    const user = await keychainUser(build);
    const other = user.ok(['keygen', '--stdout', '--pub', 'other.pub']).stdout.trim();
    putEntry(user, other);
    user.ok(['keygen']);
    const seed = await seedOf(user);
    const moved = user.pqx(['identity', '--to', 'keychain']);
    expect(moved).toMatchObject({
      status: 1,
      stderr: `pqx: the keychain has another key as pqc-secrets/${MAIN}; nothing was changed\n  hint: PQC_KEYCHAIN_ACCOUNT=NAME pqx …   takes another account for this identity\n`,
    });
    expect([lookUp(user), await seedOf(user), ...filesOf(user)]).toEqual([other, seed, true, true, false]);
    const made = userIn(join(user.home, 'empty')).config;
    const { status, stderr } = user.pqx(['keygen', '--store', 'keychain'], { env: { PQC_CONFIG_DIR: made } });
    expect(status).toBe(1);
    expect(stderr).toContain(`the keychain has another key as pqc-secrets/${MAIN}; nothing was changed\n`);
    expect(lookUp(user)).toBe(other);
    // With --force it is kept, and opens what is for it.
    user.ok(['keygen', '--store', 'keychain', '--force'], { env: { PQC_CONFIG_DIR: made } });
    const [kept = ''] = JSON.parse(readFileSync(join(made, 'keychain.json'), 'utf8')).former;
    expect([lookUp(user, kept), lookUp(user) === other]).toEqual([other, false]);
  });

  test('without --store a new identity goes where the former one is; --store file takes it out', async () => {
    const user = await keychainUser(build);
    user.ok(['keygen', '--store', 'keychain']);
    const first = lookUp(user);
    expect(user.pqx(['keygen'])).toMatchObject({ status: 1 });
    user.ok(['keygen', '--force']);
    const second = lookUp(user);
    expect(second).toMatch(HEX);
    expect(second).not.toBe(first);
    user.ok(['keygen', '--force', '--store', 'file']);
    expect([lookUp(user), ...filesOf(user)]).toEqual(['', true, true, true]);
    const { former } = record(user) as { former: readonly string[] };
    expect(former.map((account) => lookUp(user, account)).sort()).toEqual([first, second].sort());
    expect(user.ok(['identity']).stdout).toContain('2 former private keys kept');
  });

  test('init with PQC_USE_KEYCHAIN makes it there, and a second time leaves it', async () => {
    const user = await keychainUser(build);
    const said = user.ok(['init'], { env: WANTED }).stderr;
    expect(said).toContain(`identity  made: the keychain, as pqc-secrets/${MAIN}\n`);
    const seed = lookUp(user);
    expect(user.ok(['init']).stderr).toContain(`identity  was there: the keychain, as pqc-secrets/${MAIN}\n`);
    expect(lookUp(user)).toBe(seed);
    user.ok(['set', 'A'], { input: 'a1' });
    expect(user.ok(['get', 'A']).stdout).toBe('a1');
  });
});

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(
  `PQC_USE_KEYCHAIN beside a file store: ${NEEDS}, %s`,
  (build) => {
    test('the keychain comes first; where it has no entry the file is used, and words say so', async () => {
      const user = await keychainUser(build);
      user.ok(['keygen']);
      user.ok(['pack'], { input: 'A=a1\n' });
      const seed = await seedOf(user);
      const notice = `pqx: the keychain was not used, but the file store: the keychain has no entry pqc-secrets/${MAIN}\n`;
      expect(user.ok(['get', 'A'], { env: WANTED })).toMatchObject({ stdout: 'a1', stderr: notice });
      // A launch says nothing where standard error is no terminal.
      expect(user.ok(['printenv', 'A'], { env: WANTED })).toMatchObject({ stdout: 'a1\n', stderr: '' });
      expect(user.ok(['init'], { env: WANTED }).stderr).toContain(`identity  was there: ${user.config}\n`);
      const onTerminal = async (...args: readonly string[]) => {
        const { ended } = pqxOnTerminal(user, build, args, { ...user.session.env, ...WANTED });
        return (await ended).shown;
      };
      expect(await onTerminal('printenv', 'A')).toBe(`${notice.trim()}\r\na1\r\n`);
      expect(await onTerminal('-q', 'printenv', 'A')).toBe('a1\r\n');
      expect(user.ok(['rotate'], { env: WANTED }).stderr).toContain(notice);
      expect(await seedOf(user)).not.toBe(seed);
      putEntry(user, await seedOf(user));
      expect(user.ok(['get', 'A'], { env: WANTED })).toMatchObject({ stdout: 'a1', stderr: '' });
      // From now on the rotation is of the entry, and the file is a former one.
      user.ok(['rotate'], { env: WANTED });
      expect(filesOf(user)).toEqual([false, true, true]);
      expect(user.ok(['get', 'A'])).toMatchObject({ stdout: 'a1', stderr: '' });
    });

    test('a recorded identity has no second place: without its entry nothing opens', async () => {
      const user = await keychainUser(build);
      user.ok(['keygen', '--store', 'keychain']);
      user.ok(['pack'], { input: 'A=a1\n' });
      user.session.tool(['clear', 'service', 'pqc-secrets', 'account', MAIN]);
      const said = `pqx: the keychain has no entry pqc-secrets/${MAIN}\n  hint: restore it from a backup; when it is lost, pqx keygen --force   starts over\n`;
      expect(user.pqx(['printenv', 'A'])).toMatchObject({ status: 125, stdout: '', stderr: said });
      expect(user.pqx(['get', 'A'])).toMatchObject({ status: 1, stdout: '', stderr: said });
      // And as the hint says, all can begin anew.
      expect(user.ok(['keygen', '--force']).stderr).toContain('is for another identity; ');
      user.ok(['pack', '--replace'], { input: 'A=a2\n', env: { PQX_BUNDLE: join(user.home, 'new.json') } });
      expect(lookUp(user)).toMatch(HEX);
    });

    test('a record that is not as pqx writes it is refused', async () => {
      const user = await keychainUser(build);
      user.ok(['keygen', '--store', 'keychain']);
      user.ok(['pack'], { input: 'A=a1\n' });
      const path = join(user.config, 'keychain.json');
      for (const text of [
        '{}',
        '{"version":2}',
        '{"version":1,"account":7}',
        '{"version":1,"account":"a","x":1}',
        '{"version":1,"account":"a","former":["b"]}',
        '{"version":1,"account":"\\u001b[31m"}',
      ]) {
        writeFileSync(path, text);
        const { status, stderr } = user.pqx(['printenv', 'A']);
        expect([status, stderr.split('\n').length], stderr).toEqual([125, 3]);
        expect(stderr).toContain(`${path} cannot be used: `);
        expect(JSON.parse(user.ok(['status', '--json']).stdout).identity.state).toBe('wrong');
      }
    });
  },
);

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(
  `status, doctor, unlock: ${NEEDS}, %s`,
  (build) => {
    function found(user: KeychainUser, env = {}) {
      const { status, stdout } = user.pqx(['doctor', '--json'], { env });
      const findings: readonly { level: string; topic: string; message: string }[] =
        JSON.parse(stdout).findings;
      return {
        status,
        findings: findings.filter(({ topic, level }) => topic === 'identity' && level !== 'note'),
      };
    }
    const OK = { level: 'ok', topic: 'identity', message: `it is in the keychain, as pqc-secrets/${MAIN}` };

    test('what they say of it', async () => {
      const user = await keychainUser(build);
      user.ok(['keygen', '--store', 'keychain']);
      user.ok(['pack'], { input: 'A=a1\n' });
      expect(found(user)).toEqual({ status: 0, findings: [OK] });
      expect(JSON.parse(user.ok(['status', '--json']).stdout).identity).toMatchObject({
        state: 'ok',
        store: 'keychain',
        account: MAIN,
      });
      expect(user.pqx(['unlock'])).toMatchObject({
        status: 1,
        stderr:
          'pqx: the identity is in the keychain, which has a lock of its own\n  hint: pqx COMMAND   asks the keychain, and no passphrase\n',
      });
      putEntry(user, Buffer.alloc(64, 7).toString('hex'));
      const other = found(user);
      expect(other.status).toBe(1);
      expect(other.findings.map(({ message }) => message).join()).toContain(
        'is not the public key of the identity',
      );
      user.session.tool(['clear', 'service', 'pqc-secrets', 'account', MAIN]);
      expect(found(user)).toMatchObject({
        status: 1,
        findings: [{ level: 'wrong', message: `the keychain has no entry pqc-secrets/${MAIN}` }],
      });
    });
  },
);
