/** Whole bundles exchanged and taken back (FORMAT, substitution), as a user meets it. Both builds. */
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { describe, expect, test } from 'vitest';
import { sealV1 } from '../../src/bundle/v1.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import type { Seen } from '../../src/identity/known.ts';
import { updatePin } from '../../src/identity/known-write.ts';
import { withLock } from '../../src/store/lock.ts';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { asV2, bundleFile, nextRevision, ownRecipient, putBundle, secretsOf } from '../support/v2.ts';

const PROFILES = `version: 1
settings: { ROLLBACK }
profiles:
  env: { command: env, env: { GRANTED: A_KEY } }
`;

async function ready(settings = 'quiet: false'): Promise<User> {
  const user = newUser();
  user.ok(['keygen']);
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES.replace('ROLLBACK', settings));
  await putBundle(user, { A_KEY: 'first', B_KEY: 'b' });
  return user;
}

function known(user: User): string {
  return join(user.config, 'known.json');
}

function launched(user: User, build: Build): string {
  return /^GRANTED=(.*)$/m.exec(user.ok(['env'], { build }).stdout)?.[1] ?? '';
}

/** What a terminal shows of it. */
function onTerminal(user: User, build: Build, args: readonly string[]): Promise<string> {
  const [program, ...first] = BUILDS[build];
  const terminal = spawn(program, [...first, ...args], { cols: 300, cwd: user.home, env: { ...user.env } });
  let shown = '';
  terminal.onData((data) => {
    shown += data;
  });
  return new Promise((resolve) => terminal.onExit(() => resolve(shown)));
}

const REFUSED =
  'pqx: BUNDLE is not the bundle that was opened here before\n  hint: pqx verify --accept   shows what changed, and takes it\n';

describe.each(BUILD_NAMES)('%s', (build) => {
  test('the first launch writes down what it opened, privately; a second one writes nothing', async () => {
    const user = await ready();
    expect(launched(user, build)).toBe('first');
    const text = readFileSync(known(user), 'utf8');
    const { ino, mode } = statSync(known(user));
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(text)).toEqual({
      version: 1,
      bundles: [
        {
          path: bundleFile(user),
          identity: expect.stringMatching(/^[0-9a-f]{16}$/),
          bundle_id: JSON.parse(readFileSync(bundleFile(user), 'utf8')).bundle_id,
          dek_commitment_b64: JSON.parse(readFileSync(bundleFile(user), 'utf8')).dek_commitment_b64,
          revision: 1,
          names: 'A_KEY B_KEY',
          names_sha3_256: expect.stringMatching(/^[0-9a-f]{64}$/),
          mac_b64: expect.any(String),
        },
      ],
    });
    expect(launched(user, build)).toBe('first');
    expect(statSync(known(user)).ino).toBe(ino);
  });

  test('a bundle that somebody made with the public key is refused, until it is accepted with both shown', async () => {
    const user = await ready();
    launched(user, build);
    await putBundle(user, { A_KEY: 'theirs', C_KEY: 'c' });
    const refused = REFUSED.replace('BUNDLE', bundleFile(user));
    const launch = user.pqx(['env'], { build });
    expect([launch.status, launch.stdout, launch.stderr]).toEqual([125, '', refused]);
    for (const words of [['export'], ['verify']]) {
      const result = user.pqx(words, { build });
      expect([result.status, result.stdout, result.stderr]).toEqual([1, '', refused]);
    }
    const accepted = user.ok(['verify', '--accept'], { build }).stdout;
    expect(accepted).toMatch(
      /^before: v2, id [0-9a-f]{32}, revision 1, 2 keys\nnow: {4}v2, id [0-9a-f]{32}, revision 1, 2 keys\ngone: {3}B_KEY\nnew: {4}C_KEY\nBundle valid: 2 keys\nA_KEY\nC_KEY\n$/,
    );
    expect(launched(user, build)).toBe('theirs');
    // Nothing to accept: nothing is shown of it.
    expect(user.ok(['verify', '--accept'], { build }).stdout).toBe('Bundle valid: 2 keys\nA_KEY\nC_KEY\n');
  });

  test('a bundle of version 1 in the place of one of version 2 is refused as well', async () => {
    const user = await ready();
    launched(user, build);
    const v1 = await sealV1(secretsOf({ A_KEY: 'theirs' }), ownRecipient(user).publicKey, new Date());
    writeFileSync(bundleFile(user), v1);
    expect(user.pqx(['env'], { build })).toMatchObject({
      status: 125,
      stderr: REFUSED.replace('BUNDLE', bundleFile(user)),
    });
    expect(user.ok(['verify', '--accept'], { build }).stdout).toMatch(
      /^before: v2, .*\nnow: {4}v1, 1 key\ngone: {3}B_KEY\nBundle valid: 1 key\nA_KEY\n$/,
    );
    expect(launched(user, build)).toBe('theirs');
  });

  test('an older revision is a line for words, and refused when the settings say so', async () => {
    const user = await ready();
    const old = readFileSync(bundleFile(user));
    writeFileSync(bundleFile(user), await nextRevision(user, { C_KEY: 'c' }, old));
    launched(user, build);
    expect(JSON.parse(readFileSync(known(user), 'utf8')).bundles).toMatchObject([
      { revision: 2, names: 'A_KEY B_KEY C_KEY' },
    ]);
    writeFileSync(bundleFile(user), old);
    expect(launched(user, build)).toBe('first');
    const what = `pqx: ${bundleFile(user)} is at revision 1, and revision 2 was opened here before`;
    expect(user.ok(['verify'], { build })).toMatchObject({
      stderr: `${what}: a git checkout, or a rollback (pqx verify --accept takes it)\n`,
      stdout: 'Bundle valid: 2 keys\nA_KEY\nB_KEY\n',
    });
    user.write('.config/pqc-secrets/profiles.yaml', PROFILES.replace('ROLLBACK', 'rollback: refuse'));
    for (const [words, status] of [
      [['env'], 125],
      [['export'], 1],
    ] as const) {
      const result = user.pqx(words, { build });
      expect([result.status, result.stdout, result.stderr]).toEqual([
        status,
        '',
        `${what}\n  hint: pqx verify --accept   shows what changed, and takes it\n`,
      ]);
    }
    expect(user.ok(['verify', '--accept'], { build }).stdout).toMatch(
      /^before: v2, id (\w+), revision 2, 3 keys\nnow: {4}v2, id \1, revision 1, 2 keys\ngone: {3}C_KEY\n/,
    );
    expect(launched(user, build)).toBe('first');
  });

  test('a higher revision of the same bundle is taken without a question', async () => {
    const user = await ready();
    launched(user, build);
    const bytes = readFileSync(bundleFile(user));
    writeFileSync(bundleFile(user), await nextRevision(user, { A_KEY: 'second' }, bytes));
    expect(launched(user, build)).toBe('second');
    expect(JSON.parse(readFileSync(known(user), 'utf8')).bundles).toMatchObject([{ revision: 2 }]);
  });

  test('what somebody without the identity changes in known.json is noticed, field by field', async () => {
    const user = await ready();
    launched(user, build);
    const good = readFileSync(known(user), 'utf8');
    const theirs = await putBundle(user, { A_KEY: 'theirs' });
    const changes: Readonly<Record<string, unknown>> = {
      bundle_id: Buffer.from(theirs.id).toString('hex'),
      dek_commitment_b64: Buffer.from(theirs.commitment).toString('base64'),
      revision: 9,
      names_sha3_256: '00'.repeat(32),
      mac_b64: Buffer.alloc(32).toString('base64'),
    };
    for (const [field, value] of Object.entries(changes)) {
      const document = JSON.parse(good);
      document.bundles[0][field] = value;
      writeFileSync(known(user), JSON.stringify(document));
      const result = user.pqx(['env'], { build });
      expect([field, result.status, result.stdout]).toEqual([field, 125, '']);
      expect(result.stderr).toMatch(/cannot be told from another.*\n {2}hint: pqx verify --accept/);
    }
    // Names that were exchanged are not believed.
    writeFileSync(known(user), good.replace('"A_KEY B_KEY"', '"A_KEY"'));
    expect(user.ok(['verify', '--accept'], { build }).stdout).toContain('which names changed is not known\n');
  });

  test('one that others could write is refused with the chmod that mends it, a broken one with a way out', async () => {
    const user = await ready();
    launched(user, build);
    chmodSync(known(user), 0o666);
    expect(user.pqx(['env'], { build })).toMatchObject({
      status: 125,
      stderr: `pqx: others can write ${known(user)}\n  hint: chmod go-w ${known(user)}\n`,
    });
    chmodSync(known(user), 0o600);
    for (const broken of ['', '{', '[]', '{"version":2,"bundles":[]}', '{"version":1,"bundles":[{}]}']) {
      writeFileSync(known(user), broken);
      const result = user.pqx(['env'], { build });
      expect([result.status, result.stderr]).toEqual([
        125,
        `pqx: ${known(user)} is damaged: it is not what pqx writes there\n  hint: mv ${known(user)} ${known(user)}.broken   forgets which bundles were opened here\n`,
      ]);
    }
    user.shell(`mv ${known(user)} ${known(user)}.broken`);
    expect(launched(user, build)).toBe('first');
  });

  test('links lead to one pin, another path has its own, and the hint names it', async () => {
    const user = await ready();
    launched(user, build);
    const linked = join(user.home, 'link.json');
    user.shell(`ln -s ${bundleFile(user)} ${linked}`);
    const copy = join(user.home, 'copy of it.json');
    copyFileSync(bundleFile(user), copy);
    user.ok(['--bundle', linked, 'env'], { build });
    user.ok(['--bundle', copy, 'env'], { build });
    const paths = JSON.parse(readFileSync(known(user), 'utf8')).bundles.map(
      (pin: { path: string }) => pin.path,
    );
    expect(paths).toEqual([bundleFile(user), copy]);
    await putBundle(user, { A_KEY: 'theirs' }, copy);
    expect(user.pqx(['--bundle', copy, 'env'], { build }).stderr).toContain(
      `hint: pqx --bundle '${copy}' verify --accept `,
    );
    expect(launched(user, build)).toBe('first');
  });

  test('where nothing can be written the launch goes on, and what is known there still counts', async () => {
    const user = await ready();
    const root = process.getuid?.() === 0;
    const close = root ? `chown -R 12345 ${user.config}` : `chmod 500 ${user.config}`;
    const open = root ? `chown -R 0 ${user.config}` : `chmod 700 ${user.config}`;
    user.shell(close);
    expect(launched(user, build)).toBe('first');
    expect(existsSync(known(user))).toBe(false);
    user.shell(open);
    expect(launched(user, build)).toBe('first');
    await putBundle(user, { A_KEY: 'theirs' });
    user.shell(close);
    expect(user.pqx(['env'], { build }).status).toBe(125);
    user.shell(open);
  });

  test('a launch says it of an older revision on a terminal, in one line, unless it is to be quiet', async () => {
    const user = await ready();
    const old = readFileSync(bundleFile(user));
    writeFileSync(bundleFile(user), await nextRevision(user, { C_KEY: 'c' }, old));
    launched(user, build);
    writeFileSync(bundleFile(user), old);
    expect(await onTerminal(user, build, ['-p', 'env', 'true'])).toBe(
      `pqx: ${bundleFile(user)} is at revision 1, and revision 2 was opened here before: a git checkout, or a rollback (pqx verify --accept takes it)\r\n`,
    );
    expect(await onTerminal(user, build, ['-q', '-p', 'env', 'true'])).toBe('');
  });

  test('another identity knows nothing of what this one saw, and takes nothing away from it', async () => {
    const user = await ready();
    launched(user, build);
    const mine = readFileSync(bundleFile(user));
    user.ok(['keygen', '--force'], { build });
    await putBundle(user, { A_KEY: 'for the new identity' });
    expect(launched(user, build)).toBe('for the new identity');
    expect(JSON.parse(readFileSync(known(user), 'utf8')).bundles).toHaveLength(2);
    writeFileSync(bundleFile(user), mine);
    // The former identity, which is kept, opens its own bundle as the one that it knows.
    expect(launched(user, build)).toBe('first');
    expect(JSON.parse(readFileSync(known(user), 'utf8')).bundles).toHaveLength(2);
  });
});

describe('a word that puts another bundle there', () => {
  test('expects both while it writes, and only its own afterwards, whichever a crash leaves', async () => {
    const user = await ready();
    launched(user, 'standalone');
    const path = bundleFile(user);
    const key = await loadFileIdentity(user.config);
    const former = readFileSync(path);
    const next = join(user.home, 'next.json');
    const seen: Seen = await putBundle(user, { A_KEY: 'rotated' }, next);
    const rotate = (crash: 'before' | 'after' | 'never') =>
      updatePin(user.config, key, path, seen, () => {
        expect(launched(user, 'standalone')).toBe('first');
        if (crash === 'before') throw new Error('killed');
        copyFileSync(next, path);
        if (crash === 'after') throw new Error('killed');
        expect(launched(user, 'standalone')).toBe('rotated');
      });
    await expect(rotate('before')).rejects.toThrow('killed');
    expect(launched(user, 'standalone')).toBe('first');
    await expect(rotate('after')).rejects.toThrow('killed');
    expect(launched(user, 'standalone')).toBe('rotated');
    // Once the new one was met, the former is no longer expected.
    writeFileSync(path, former);
    expect(user.pqx(['env']).status).toBe(125);
    user.ok(['verify', '--accept']);
    await rotate('never');
    writeFileSync(path, former);
    expect(user.pqx(['env']).status).toBe(125);
  });

  test('with the same data key writes down the revision, also under the lock that it holds already', async () => {
    const user = await ready();
    launched(user, 'standalone');
    const path = bundleFile(user);
    const key = await loadFileIdentity(user.config);
    const next = await nextRevision(user, { A_KEY: 'second' }, readFileSync(path));
    await withLock(user.config, () =>
      updatePin(user.config, key, path, asV2(next), () => writeFileSync(path, next), { held: user.config }),
    );
    expect(JSON.parse(readFileSync(known(user), 'utf8')).bundles).toMatchObject([{ revision: 2 }]);
  });

  test('of version 1 takes the pin away', async () => {
    const user = await ready();
    launched(user, 'standalone');
    const path = bundleFile(user);
    const key = await loadFileIdentity(user.config);
    const v1 = await sealV1(secretsOf({ A_KEY: 'one' }), ownRecipient(user).publicKey, new Date());
    await updatePin(user.config, key, path, undefined, () => writeFileSync(path, v1));
    expect(launched(user, 'standalone')).toBe('one');
    expect(JSON.parse(readFileSync(known(user), 'utf8'))).toEqual({ version: 1, bundles: [] });
  });

  test('at a path that nothing is known of needs nothing to be written before, nor a config directory', async () => {
    const user = await ready();
    const path = join(user.home, 'elsewhere.json');
    const key = await loadFileIdentity(user.config);
    const seen: Seen = await putBundle(user, { A_KEY: 'x' }, path);
    const missing = join(user.home, 'missing');
    let wrote = false;
    await updatePin(missing, key, path, seen, () => {
      wrote = true;
    });
    expect([wrote, existsSync(missing)]).toEqual([true, false]);
  });
});
