import { spawnSync } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generateKey, type KemAlgorithm, type PrivateKey, publicKeyOf } from '../../src/crypto/kem.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { saveFileIdentity } from '../../src/identity/file-store-write.ts';
import { readRecipient } from '../../src/identity/recipient.ts';
import { nobleExpanded } from '../crypto/expanded.ts';
import { faultOfAsync, isRoot, NOBODY, RUNTIMES, run, sandbox } from '../store/sandbox.ts';
import { storeCopy } from './store-copy.ts';

const now = new Date('2026-06-07T18:47:58.715Z');
const listed = (directory: string) => readdirSync(directory).sort();

async function saveNew(directory: string, alg: KemAlgorithm, replace = false): Promise<PrivateKey> {
  const { key, publicKey } = await generateKey(alg);
  await saveFileIdentity(directory, key, publicKey, { replace, now });
  return key;
}

describe('a new identity', () => {
  test('makes the directory 0700 and three files, the secret ones 0600, and comes back', async () => {
    const directory = join(sandbox(), '.config', 'pqc-secrets');
    const key = await saveNew(directory, 'ML-KEM-768');
    expect(listed(directory)).toEqual(['machine.kek', 'private.key.enc', 'recipient.pub']);
    const modes = [directory, ...listed(directory).map((name) => join(directory, name))].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o644]);
    expect(await loadFileIdentity(directory)).toEqual(key);
    expect(readRecipient(join(directory, 'recipient.pub')).publicKey).toEqual(await publicKeyOf(key));
  });

  test('of ML-KEM-768 is version 1, which the older engines open', async () => {
    const directory = sandbox();
    const key = await saveNew(directory, 'ML-KEM-768');
    const file = JSON.parse(readFileSync(join(directory, 'private.key.enc'), 'utf8'));
    expect(Object.keys(file)).toEqual(['version', 'nonce_b64', 'ciphertext_b64']);
    expect(file.version).toBe(1);
    expect(openedByHand(directory, file, 'pqc-secrets:v1:private-key')).toEqual(Buffer.from(key.bytes));
  });

  test('of ML-KEM-1024 is version 2, bound to its algorithm', async () => {
    const directory = sandbox();
    const key = await saveNew(directory, 'ML-KEM-1024');
    const file = JSON.parse(readFileSync(join(directory, 'private.key.enc'), 'utf8'));
    const { nonce_b64, ciphertext_b64, ...head } = file;
    expect(head).toEqual({ version: 2, alg: 'ML-KEM-1024', kdf: { name: 'machine.kek' } });
    const aad = 'pqx:v2:private-key\0{"alg":"ML-KEM-1024","kdf":{"name":"machine.kek"},"version":2}';
    expect(openedByHand(directory, { nonce_b64, ciphertext_b64 }, aad)).toEqual(Buffer.from(key.bytes));
    expect(await loadFileIdentity(directory)).toEqual(key);
  });

  test.for(['ML-KEM-768', 'ML-KEM-1024'] as const)(
    'in the expanded form of %s comes back too',
    async (alg) => {
      const directory = sandbox();
      const { key, publicKey } = await generateKey(alg);
      const expanded: PrivateKey = { alg, form: 'expanded', bytes: nobleExpanded(alg, key.bytes) };
      await saveFileIdentity(directory, expanded, publicKey, { replace: false, now });
      expect(await loadFileIdentity(directory)).toEqual(expanded);
    },
  );

  test('has its own nonce each time, and uses the machine.kek that is there', async () => {
    const directory = sandbox();
    writeFileSync(join(directory, 'machine.kek'), new Uint8Array(32).fill(5), { mode: 0o600 });
    await saveNew(directory, 'ML-KEM-768');
    const first = JSON.parse(readFileSync(join(directory, 'private.key.enc'), 'utf8'));
    await saveNew(directory, 'ML-KEM-768', true);
    const second = JSON.parse(readFileSync(join(directory, 'private.key.enc'), 'utf8'));
    expect(second.nonce_b64).not.toBe(first.nonce_b64);
    expect(readFileSync(join(directory, 'machine.kek'))).toEqual(Buffer.alloc(32, 5));
  });
});

describe('an identity that is there', () => {
  test('is not replaced unless that is said', async () => {
    const directory = storeCopy('v1-python-seed');
    const before = contents(directory);
    expect(await faultOfAsync(() => saveNew(directory, 'ML-KEM-768'))).toEqual({
      code: 'identity',
      message: `there is an identity in ${directory}`,
      hint: 'pqx keygen --force   replaces it and keeps a backup',
    });
    expect(contents(directory)).toEqual(before);
  });

  test('is kept under the hash of its public key, and opens from there', async () => {
    const directory = storeCopy('v1-rust-expanded');
    const former = await loadFileIdentity(directory);
    const key = await saveNew(directory, 'ML-KEM-768', true);
    expect(await loadFileIdentity(directory)).toEqual(key);
    expect(listed(directory)).toContain('private.key.74f6c4511e256676.enc');
    expect(statSync(join(directory, 'private.key.74f6c4511e256676.enc')).mode & 0o777).toBe(0o600);
    writeFileSync(
      join(directory, 'private.key.enc'),
      readFileSync(join(directory, 'private.key.74f6c4511e256676.enc')),
    );
    expect(await loadFileIdentity(directory)).toEqual(former);
  });

  test('is kept each time it is replaced', async () => {
    const directory = sandbox();
    for (let count = 0; count < 4; count += 1) await saveNew(directory, 'ML-KEM-1024', count > 0);
    expect(listed(directory).filter((name) => /^private\.key\.[0-9a-f]{16}\.enc$/.test(name)).length).toBe(3);
  });

  test('one that does not open is kept byte for byte, and overwrites no backup, whosever public key lies beside it', async () => {
    const directory = storeCopy('v1-rust-expanded');
    const recipient = readFileSync(join(directory, 'recipient.pub'));
    await saveNew(directory, 'ML-KEM-768', true);
    const backup = join(directory, 'private.key.74f6c4511e256676.enc');
    const kept = readFileSync(backup);
    const before = listed(directory);
    for (const broken of ['{}', '']) {
      writeFileSync(join(directory, 'private.key.enc'), broken);
      writeFileSync(join(directory, 'recipient.pub'), recipient);
      await saveNew(directory, 'ML-KEM-768', true);
      const added = listed(directory).filter((name) => !before.includes(name));
      expect(added.map((name) => readFileSync(join(directory, name), 'utf8'))).toContain(broken);
      expect(readFileSync(backup)).toEqual(kept);
    }
    expect(listed(directory).length).toBe(before.length + 2);
  });

  test('without its machine.kek nothing is written: a new one would lock it out for good', async () => {
    const directory = storeCopy('v1-python-seed');
    unlinkSync(join(directory, 'machine.kek'));
    const before = contents(directory);
    const fault = await faultOfAsync(() => saveNew(directory, 'ML-KEM-768', true));
    expect(fault.message).toBe(
      `${directory}/machine.kek is missing, and private.key.enc does not open without it`,
    );
    expect(contents(directory)).toEqual(before);
  });

  test('nor beside it when starting over: the former key is kept, byte for byte, before there is a new machine.kek', async () => {
    const directory = storeCopy('v1-python-seed');
    const former = readFileSync(join(directory, 'private.key.enc'));
    unlinkSync(join(directory, 'machine.kek'));
    const { key, publicKey } = await generateKey('ML-KEM-768');
    await saveFileIdentity(directory, key, publicKey, { replace: true, startOver: true, now });
    expect(await loadFileIdentity(directory)).toEqual(key);
    const [kept = ''] = listed(directory).filter((name) => /^private\.key\..+\.enc$/.test(name));
    expect(readFileSync(join(directory, kept))).toEqual(former);
    expect(statSync(join(directory, kept)).mode & 0o777).toBe(0o600);
  });

  test('nor with a machine.kek that is none', async () => {
    for (const directory of [storeCopy('v1-python-seed'), sandbox()]) {
      writeFileSync(join(directory, 'machine.kek'), 'short', { mode: 0o600 });
      const before = contents(directory);
      expect((await faultOfAsync(() => saveNew(directory, 'ML-KEM-768', true))).message).toBe(
        `${directory}/machine.kek cannot be used: it has 5 bytes, not 32`,
      );
      expect(contents(directory)).toEqual(before);
    }
  });

  test.skipIf(!isRoot)('nor by root in another user’s directory (sudo)', async () => {
    const directory = storeCopy('v1-python-seed');
    const before = contents(directory);
    chownSync(directory, NOBODY, NOBODY);
    expect((await faultOfAsync(() => saveNew(directory, 'ML-KEM-768', true))).message).toBe(
      `${directory} belongs to user ${NOBODY}, and root only reads there`,
    );
    expect(contents(directory)).toEqual(before);
  });
});

const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url));

describe.for(RUNTIMES)('in $name', ({ command }) => {
  test('ten at once in an empty directory: one is made, the others are told, and it opens', async () => {
    const directory = join(sandbox(), 'new');
    const ended = await Promise.all(
      Array.from({ length: 10 }, () => run(command, [PROGRAM, directory, 'new'])),
    );
    const outcomes = ended.map(({ stdout, stderr }) =>
      JSON.parse(stdout === '' ? `{"crash":"${stderr}"}` : stdout),
    );
    const saved = outcomes.filter((outcome) => 'saved' in outcome);
    expect(saved.length).toBe(1);
    expect(outcomes.filter(({ message }) => message === `there is an identity in ${directory}`).length).toBe(
      9,
    );
    const key = await loadFileIdentity(directory);
    expect(Buffer.from(await publicKeyOf(key)).toString('hex')).toBe(saved[0].saved);
    expect(readRecipient(join(directory, 'recipient.pub')).publicKey).toEqual(await publicKeyOf(key));
  });

  test.skipIf(spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0)(
    'killed at each rename: the former identity or the new one opens, and the former is kept (strace)',
    async () => {
      for (let when = 1; when <= 4; when += 1) {
        const directory = storeCopy('v1-rust-expanded');
        const former = await loadFileIdentity(directory);
        const inject = `inject=rename,renameat,renameat2:signal=KILL:when=${when}`;
        // Bun would write its own cache of sources, by a rename, in the first run on a machine.
        const own = ['-E', 'BUN_RUNTIME_TRANSPILER_CACHE_PATH=0'];
        const traced = [
          ...own,
          '-f',
          '-o',
          '/dev/null',
          '-e',
          inject,
          command,
          PROGRAM,
          directory,
          'replace',
        ];
        await run('strace', traced);
        const key = await loadFileIdentity(directory);
        const backup = join(directory, 'private.key.74f6c4511e256676.enc');
        if (when <= 2) expect(key).toEqual(former);
        else expect(key).not.toEqual(former);
        expect(existsSync(backup)).toBe(when > 1);
        const named = readRecipient(join(directory, 'recipient.pub')).publicKey;
        expect([when, Buffer.compare(named, await publicKeyOf(key)) === 0]).toEqual([when, when !== 3]);
      }
    },
  );
});

function contents(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listed(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );
}

function openedByHand(
  directory: string,
  file: { readonly nonce_b64: string; readonly ciphertext_b64: string },
  aad: string,
): Buffer {
  const sealed = Buffer.from(file.ciphertext_b64, 'base64');
  const kek = readFileSync(join(directory, 'machine.kek'));
  const decipher = createDecipheriv('aes-256-gcm', kek, Buffer.from(file.nonce_b64, 'base64'))
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}
