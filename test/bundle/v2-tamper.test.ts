/** What one can do to a v2 bundle who has the file, its public keys and all its former versions, but no private key. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sealV2 } from '../../src/bundle/v2-write.ts';
import { generateKey } from '../../src/crypto/kem.ts';
import { storeCopy } from '../identity/store-copy.ts';
import { faultOfAsync, RUNTIMES } from '../store/sandbox.ts';
import { BUILD_NAMES, root } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { secretsOf } from '../support/v2.ts';
import { bytesOf, type Document, documentOf, type EntryDocument, resealed } from './documents.ts';
import type { Flips } from './flip.ts';
import { expectedOf, fixture, identityOf, openBytes, texts } from './store.ts';

const STORE = 'v2-one-recipient';
const MIXED = 'v2-mixed-1024-reader';
const DAMAGED = 'is damaged or tampered with';
const program = fileURLToPath(new URL('./flip.ts', import.meta.url));

describe('one bit', () => {
  test.for(RUNTIMES)('flipped anywhere in the file, in $name', ({ command }) => {
    const { bits, failures, opened, changed } = flips(command, STORE, 1);
    expect({ opened, changed }).toEqual({ opened: [], changed: [] });
    expect(Object.keys(failures).sort()).toEqual(['damaged', 'not-a-bundle']);
    expect(sum(failures)).toBe(bits);
    expect(bits).toBe(fixture(STORE, 'secrets.bundle.json').length * 8);
  });

  test.for(RUNTIMES)('in every 11th place of a bundle for two algorithms, in $name', ({ command }) => {
    const { bits, failures, opened, changed } = flips(command, MIXED, 11);
    expect({ opened, changed }).toEqual({ opened: [], changed: [] });
    expect(Object.keys(failures).sort()).toEqual(['damaged', 'not-a-bundle']);
    expect(sum(failures)).toBe(bits);
  });

  test.each(BUILD_NAMES)('as a user of the %s build sees it: nothing is printed or started', (build) => {
    const store = storeCopy(STORE);
    const env = { PQC_CONFIG_DIR: store };
    const user = newUser();
    const path = join(store, 'secrets.bundle.json');
    const bytes = fixture(STORE, 'secrets.bundle.json');
    for (let at = 5; at < bytes.length; at += 163) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, changed);
      for (const [words, status] of [
        [['verify'], 1],
        [['export'], 1],
        [['--env', 'X=ANTHROPIC_AUTH_TOKEN', 'env'], 125],
      ] as const) {
        const result = user.pqx(words, { build, env });
        expect([at, words, result.status, result.stdout]).toEqual([at, words, status, '']);
        // A flip in a name: the launch misses the key before it opens anything.
        if (words[0] === '--env' && /does not hold|is not in/.test(result.stderr)) continue;
        expect(result.stderr).toMatch(/ is (damaged or tampered with|not a bundle)/);
      }
    }
  });
});

/** Each leaves a bundle of the right shape: what fails is the seal, or what it stands for. */
const CHANGES: Readonly<Record<string, (document: Document) => unknown>> = {
  'two entries exchanged': ({ entries }) => {
    const { QUOTED, SPACES } = entries;
    Object.assign(entries, { QUOTED: SPACES, SPACES: QUOTED });
  },
  'an entry dropped': ({ entries }) => delete entries['EMPTY'],
  'an entry renamed': ({ entries }) => rename(entries, 'QUOTED', 'QUOTED_2'),
  'an entry twice, under another name': ({ entries }) => Object.assign(entries, { COPY: entries['QUOTED'] }),
  'an entry of another bundle': ({ entries }) =>
    Object.assign(entries, { QUOTED: documentOf(fixture(MIXED, 'secrets.bundle.json')).entries['QUOTED'] }),
  'every entry dropped': (document) => Object.assign(document, { entries: {} }),
  'a stanza of another bundle added': ({ recipients }) =>
    recipients.push(...documentOf(fixture(MIXED, 'secrets.bundle.json')).recipients.slice(0, 1)),
  'a label changed': ({ recipients }) => Object.assign(recipients[0] ?? {}, { label: 'somebody' }),
  'the revision raised': (document) => Object.assign(document, { revision: document.revision + 1 }),
  'the time changed': (document) => Object.assign(document, { updated_utc: '2026-01-01T00:00:00.000000Z' }),
  'the id of another bundle': (document) =>
    Object.assign(document, { bundle_id: documentOf(fixture(MIXED, 'secrets.bundle.json')).bundle_id }),
  'the commitment of another bundle': (document) =>
    Object.assign(document, {
      dek_commitment_b64: documentOf(fixture(MIXED, 'secrets.bundle.json')).dek_commitment_b64,
    }),
  'the seal of another bundle': (document) =>
    Object.assign(document, { seal: documentOf(fixture(MIXED, 'secrets.bundle.json')).seal }),
};

function rename(entries: Record<string, EntryDocument>, from: string, to: string): void {
  const entry = entries[from];
  delete entries[from];
  if (entry !== undefined) entries[to] = entry;
}

describe('of the right shape, but changed', () => {
  test.for(Object.entries(CHANGES))('%s: damaged', async ([, change]) => {
    const document = documentOf(fixture(STORE, 'secrets.bundle.json'));
    change(document);
    const fault = await faultOfAsync(async () => openBytes(bytesOf(document), await identityOf(STORE)));
    expect([fault.code, fault.message]).toEqual(['damaged', `bundle ${DAMAGED}`]);
  });

  test('nothing changed but the white space: opens', async () => {
    const text = new TextDecoder().decode(fixture(STORE, 'secrets.bundle.json'));
    const document = JSON.parse(text);
    for (const spaced of [
      JSON.stringify(document),
      JSON.stringify(document, null, '\t'),
      text.replaceAll('\n', '\r\n'),
      `\n\n ${text}\t`,
    ]) {
      const secrets = await openBytes(new TextEncoder().encode(spaced), await identityOf(STORE));
      expect(texts(secrets)).toEqual(expectedOf(STORE));
    }
  });

  test('the order of the recipients is part of what is sealed, and any order may be sealed', async () => {
    const key = await identityOf(MIXED);
    const bytes = fixture(MIXED, 'secrets.bundle.json');
    const document = documentOf(bytes);
    document.recipients.reverse();
    expect((await faultOfAsync(() => openBytes(bytesOf(document), key))).code).toBe('damaged');
    const turned = await resealed(bytes, key, (draft) => ({
      ...draft,
      recipients: [...draft.recipients].reverse(),
    }));
    expect(texts(await openBytes(turned, key))).toEqual(expectedOf(MIXED));
  });
});

describe('several recipients', () => {
  const two = async () => {
    const own = await generateKey('ML-KEM-768');
    const other = await generateKey('ML-KEM-1024');
    const recipients = [
      { alg: 'ML-KEM-768', label: 'own', publicKey: own.publicKey },
      { alg: 'ML-KEM-1024', label: 'other', publicKey: other.publicKey },
    ] as const;
    const bytes = await sealV2(secretsOf({ A: 'one', B: 'two' }), recipients, new Date());
    return { own: own.key, other: other.key, recipients, bytes };
  };

  test('each opens it, and a third does not and is told for whom it is', async () => {
    const { own, other, bytes } = await two();
    for (const key of [own, other]) {
      expect(texts(await openBytes(bytes, key))).toEqual([
        ['A', 'one'],
        ['B', 'two'],
      ]);
    }
    const { key } = await generateKey('ML-KEM-768');
    const fault = await faultOfAsync(() => openBytes(bytes, key));
    expect([fault.code, fault.message]).toEqual([
      'not-for-this-identity',
      'bundle is not for this identity: it is for own, other',
    ]);
  });

  test('a stanza removed from the file: the rest is damaged, and it is not for the one who was removed', async () => {
    const { own, other, bytes } = await two();
    const document = documentOf(bytes);
    document.recipients.pop();
    expect((await faultOfAsync(() => openBytes(bytesOf(document), own))).code).toBe('damaged');
    expect((await faultOfAsync(() => openBytes(bytesOf(document), other))).code).toBe(
      'not-for-this-identity',
    );
  });

  test('after one is removed, its old stanza put back opens for nobody: the data key is another', async () => {
    const { own, other, recipients, bytes } = await two();
    const before = documentOf(bytes);
    const rest = await sealV2(secretsOf({ A: 'one', B: 'two' }), recipients.slice(0, 1), new Date(), 2);
    const spliced = documentOf(rest);
    spliced.recipients.push(...before.recipients.slice(1));
    for (const key of [own, other]) {
      expect((await faultOfAsync(() => openBytes(bytesOf(spliced), key))).code).toBe('damaged');
    }
    // With the old id besides, the old stanza unwraps: the commitment is not that of its data key.
    spliced.bundle_id = before.bundle_id;
    expect((await faultOfAsync(() => openBytes(bytesOf(spliced), other))).code).toBe('damaged');
    spliced.dek_commitment_b64 = before.dek_commitment_b64;
    expect((await faultOfAsync(() => openBytes(bytesOf(spliced), other))).code).toBe('damaged');
    expect(texts(await openBytes(rest, own))).toHaveLength(2);
  });

  test('stanzas exchanged between recipients open for neither', async () => {
    const [first, second] = await Promise.all([generateKey('ML-KEM-768'), generateKey('ML-KEM-768')]);
    const recipients = [
      { alg: 'ML-KEM-768', label: 'a', publicKey: first.publicKey },
      { alg: 'ML-KEM-768', label: 'b', publicKey: second.publicKey },
    ] as const;
    const document = documentOf(await sealV2(secretsOf({ A: 'x' }), recipients, new Date()));
    const [a, b] = document.recipients;
    if (a === undefined || b === undefined) throw new Error('two recipients');
    const ofA = { kem: a.kem_ciphertext_b64, nonce: a.nonce_b64, wrapped: a.wrapped_dek_b64 };
    Object.assign(a, {
      kem_ciphertext_b64: b.kem_ciphertext_b64,
      nonce_b64: b.nonce_b64,
      wrapped_dek_b64: b.wrapped_dek_b64,
    });
    Object.assign(b, { kem_ciphertext_b64: ofA.kem, nonce_b64: ofA.nonce, wrapped_dek_b64: ofA.wrapped });
    for (const { key } of [first, second]) {
      expect((await faultOfAsync(() => openBytes(bytesOf(document), key))).code).toBe('damaged');
    }
  });
});

describe.each(BUILD_NAMES)('what a launch decrypts, %s', (build) => {
  test('is what its plan names: another entry may be damaged, as long as the seal was made over it', async () => {
    const store = storeCopy(STORE);
    const env = { PQC_CONFIG_DIR: store };
    const key = await identityOf(STORE);
    const path = join(store, 'secrets.bundle.json');
    const bytes = await resealed(fixture(STORE, 'secrets.bundle.json'), key, (draft) => {
      const entries = new Map(draft.entries);
      entries.set('SPACES', draft.entries.get('QUOTED') ?? '');
      return { ...draft, entries };
    });
    writeFileSync(path, bytes);
    const user = newUser();
    const [line] = user.ok(['--env', 'X=QUOTED', 'printenv', 'X'], { build, env }).stdout.split('\n');
    expect(line).toBe(Object.fromEntries(expectedOf(STORE))['QUOTED']);
    const damaged = `pqx: ${path} ${DAMAGED} (the value of SPACES)\n`;
    const launch = user.pqx(['--env', 'X=QUOTED', '--env', 'Y=SPACES', 'env'], { build, env });
    expect([launch.status, launch.stdout]).toEqual([125, '']);
    expect(launch.stderr).toContain(damaged);
    const verify = user.pqx(['verify'], { build, env });
    expect([verify.status, verify.stdout]).toEqual([1, '']);
    expect(verify.stderr).toContain(damaged);
  });
});

function flips(command: string, store: string, stride: number): Flips {
  const args = [program, store, String(stride)];
  const result: Flips = JSON.parse(execFileSync(command, args, { encoding: 'utf8', cwd: root }));
  return result;
}

function sum(failures: Readonly<Record<string, number>>): number {
  return Object.values(failures).reduce((total, count) => total + count, 0);
}
