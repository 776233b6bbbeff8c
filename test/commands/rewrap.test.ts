/** `rewrap`: another recipient for the same data key, and no value is decrypted for it. Both builds. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entryText } from '../../src/bundle/v2-entries.ts';
import { unlockV2 } from '../../src/bundle/v2-open.ts';
import { writeV2 } from '../../src/bundle/v2-write.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { asV2, bundleFile } from '../support/v2.ts';

function ready(format: string): { readonly anna: User; readonly bob: User; readonly pub: string } {
  const [anna, bob] = [newUser(), newUser()];
  anna.ok(['keygen']);
  anna.ok(['pack', '--bundle-format', format], { input: 'A=one\nB=two\n' });
  bob.ok(['keygen']);
  return { anna, bob, pub: join(bob.config, 'recipient.pub') };
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each(['v1', 'v2'])(
    'a %s bundle: the other identity opens it, this one does not, and the data is the same',
    (format) => {
      const { anna, bob, pub } = ready(format);
      const out = join(bob.home, 'for-bob.json');
      const { stdout, stderr } = anna.ok(['rewrap', '--new-pub', pub, '--out', out], { build });
      expect(stdout).toBe('');
      expect(stderr).toContain(`${out} is the bundle under that public key. This revokes nobody`);
      expect(statSync(out).mode & 0o777).toBe(0o600);
      expect(bob.ok(['--bundle', out, 'export', '--format', 'json'], { build }).stdout).toBe(
        '{\n  "A": "one",\n  "B": "two"\n}\n',
      );
      const refused = anna.pqx(['--bundle', out, 'verify'], { build });
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('is not for this identity');
      const [before, after] = [bundleFile(anna), out].map((path) => JSON.parse(readFileSync(path, 'utf8')));
      if (format === 'v1') expect(after.data).toEqual(before.data);
      else {
        expect(after.entries).toEqual(before.entries);
        expect(after.bundle_id).toBe(before.bundle_id);
        expect(after.dek_commitment_b64).toBe(before.dek_commitment_b64);
        expect(after.revision).toBe(before.revision + 1);
        expect(after.recipients).toHaveLength(1);
      }
      expect(anna.ok(['verify'], { build }).stdout).toContain('Bundle valid: 2 keys');
    },
  );

  test('no value of a v2 bundle is decrypted: one that cannot be opened passes as it is', async () => {
    const { anna, bob, pub } = ready('v2');
    const path = bundleFile(anna);
    const bundle = asV2(readFileSync(path), path);
    const key = await loadFileIdentity(anna.config);
    const dek = await unlockV2(bundle, key, path);
    const broken = (entryText(bundle, 'A') ?? '').replace(/"ciphertext_b64":"..../, '"ciphertext_b64":"AAAA');
    const entries = new Map([
      ['A', broken],
      ['B', entryText(bundle, 'B') ?? ''],
    ]);
    const { id, revision, recipients } = bundle;
    // Sealed by one who has the data key, so that only who decrypts the value can tell.
    writeFileSync(path, await writeV2({ id, revision, recipients, entries }, dek, new Date()));
    expect(anna.pqx(['get', 'A'], { build }).stderr).toContain(
      'is damaged or tampered with (the value of A)',
    );
    const out = join(bob.home, 'for-bob.json');
    anna.ok(['rewrap', '--new-pub', pub, '--out', out], { build });
    expect(entryText(asV2(readFileSync(out)), 'A')).toBe(broken);
    expect(bob.ok(['--bundle', out, 'get', 'B'], { build }).stdout).toBe('two');
    anna.ok(['recipients', 'add', pub, '--label', 'bob'], { build });
    expect(entryText(asV2(readFileSync(path)), 'A')).toBe(broken);
    anna.ok(['set', 'B'], { build, input: 'changed' });
    expect(entryText(asV2(readFileSync(path)), 'A')).toBe(broken);
    // Whatever encrypts everything anew has to open it, and stops.
    for (const args of [['rotate'], ['recipients', 'remove', 'bob']]) {
      const before = readFileSync(path);
      const { status, stderr } = anna.pqx(args, { build });
      expect(status).toBe(1);
      expect(stderr).toContain('is damaged or tampered with (the value of A)');
      expect(readFileSync(path)).toEqual(before);
    }
  });

  test('no value of a v1 bundle is decrypted: data that cannot be opened passes as it is', () => {
    const { anna, bob, pub } = ready('v1');
    const path = bundleFile(anna);
    const document = JSON.parse(readFileSync(path, 'utf8'));
    document.data.ciphertext_b64 = `AAAA${document.data.ciphertext_b64.slice(4)}`;
    writeFileSync(path, JSON.stringify(document));
    expect(anna.pqx(['verify'], { build }).stderr).toContain('is damaged or tampered with');
    const out = join(bob.home, 'for-bob.json');
    anna.ok(['rewrap', '--new-pub', pub, '--out', out], { build });
    expect(JSON.parse(readFileSync(out, 'utf8')).data).toEqual(document.data);
  });

  test('what it cannot do', () => {
    const { anna, bob, pub } = ready('v1');
    const out = join(bob.home, 'out.json');
    anna.ok(['keygen', '--stdout', '--alg', 'ML-KEM-1024', '--pub', 'large.pub', '--reveal']);
    const cases = [
      { args: ['--new-pub', pub], status: 2, says: 'needs a public key and a file to write' },
      { args: ['--new-pub', 'nowhere', '--out', out], status: 1, says: 'there is no public key at' },
      {
        args: ['--new-pub', 'large.pub', '--out', out],
        status: 1,
        says: 'a v1 bundle is for ML-KEM-768 keys',
      },
      {
        args: ['--new-pub', join(anna.config, 'machine.kek'), '--out', out],
        status: 1,
        says: 'cannot be used',
      },
    ];
    for (const { args, status, says } of cases) {
      const result = anna.pqx(['rewrap', ...args], { build });
      expect(result.status, says).toBe(status);
      expect(result.stderr).toContain(says);
    }
    const stranger = bob.pqx(['--bundle', bundleFile(anna), 'rewrap', '--new-pub', pub, '--out', out], {
      build,
    });
    expect(stranger.status).toBe(1);
    expect(stranger.stderr).toContain('is not for this identity');
  });
});
