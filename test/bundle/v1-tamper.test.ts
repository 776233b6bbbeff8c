/** What of a v1 bundle is authenticated, and what is not (FORMAT): one bit at a time, in both layouts and key forms. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readBundle } from '../../src/bundle/read.ts';
import { faultOf, faultOfAsync, RUNTIMES } from '../store/sandbox.ts';
import { root } from '../support/programs.ts';
import { bytesOf } from './documents.ts';
import type { Flips } from './flip.ts';
import { expectedOf, fixture, fixtureJson, identityOf, openBytes, texts } from './store.ts';

const program = fileURLToPath(new URL('./flip.ts', import.meta.url));

/** The members that nothing authenticates, names and all; a name that changes makes another member, which is skipped. */
const UNAUTHENTICATED = /"engine": "[^"]*"|"created_utc": "[^"]*"|"recipient": \{[^}]*\}/g;

describe.for(RUNTIMES)('$name', ({ command }) => {
  test.for([
    // In Node expanded keys are native; in Bun they are not, and a flip takes ten times as long.
    ['v1-python-seed', 1],
    ['v1-rust-expanded', command === process.execPath ? 1 : 13],
  ] as const)('%s: only engine, created_utc and recipient can be changed', ([store, stride]) => {
    const { bits, failures, opened, changed } = flips(command, store, stride);
    const text = new TextDecoder().decode(fixture(store, 'secrets.bundle.json'));
    const free = [...text.matchAll(UNAUTHENTICATED)].map(({ index, 0: all }) => [index, index + all.length]);
    expect(free).toHaveLength(3);
    const outside = opened.filter(
      (bit) => !free.some(([start = 0, end = 0]) => bit >> 3 >= start && bit >> 3 < end),
    );
    expect({ changed, outside }).toEqual({ changed: [], outside: [] });
    expect(opened.length).toBeGreaterThan(100 / stride);
    expect(Object.keys(failures).sort()).toEqual(['damaged', 'not-a-bundle']);
    expect(opened.length + Object.values(failures).reduce((total, count) => total + count, 0)).toBe(bits);
  });

  test('v1-python-single-envelope: nothing can be changed but the case of hex digits', () => {
    const store = 'v1-python-single-envelope';
    const { failures, opened, changed } = flips(command, store, command === process.execPath ? 1 : 13);
    const bytes = fixture(store, 'secrets.bundle.json');
    const others = opened.filter((bit) => {
      const byte = bytes[bit >> 3] ?? 0;
      return !((bit & 7) === 5 && byte >= 0x61 && byte <= 0x66);
    });
    expect({ changed, others }).toEqual({ changed: [], others: [] });
    expect(Object.keys(failures).sort()).toEqual(['damaged', 'not-a-bundle']);
  });
});

function flips(command: string, store: string, stride: number): Flips {
  const args = [program, store, String(stride)];
  const result: Flips = JSON.parse(execFileSync(command, args, { encoding: 'utf8', cwd: root }));
  return result;
}

interface V1 {
  alg?: unknown;
  engine?: unknown;
  recipient?: unknown;
  kem: Record<string, unknown>;
  keywrap: Record<string, unknown>;
  data: Record<string, unknown>;
}

/** Constants are asked for, never used: another value is a shape that no reader knows. */
const SHAPES: Readonly<Record<string, readonly [(document: V1) => unknown, string]>> = {
  'another algorithm': [(d) => Object.assign(d, { alg: 'ML-KEM-1024' }), 'field alg is not "ML-KEM-768"'],
  'no algorithm': [(d) => delete d.alg, 'field alg is missing'],
  'another kdf': [(d) => Object.assign(d.keywrap, { kdf: 'SHA-256' }), 'field keywrap.kdf is not "SHA3-256"'],
  'another aad of the key': [
    (d) => Object.assign(d.keywrap, { aad: 'pqc-secrets:v1:data' }),
    'field keywrap.aad is not "pqc-secrets:v1:keywrap"',
  ],
  'another aad of the data': [
    (d) => Object.assign(d.data, { aad: '' }),
    'field data.aad is not "pqc-secrets:v1:data"',
  ],
  'no aad, on which the Rust engine stops': [(d) => delete d.data['aad'], 'field data.aad is missing'],
  'a nonce of 13 bytes': [
    (d) => Object.assign(d.data, { nonce_b64: Buffer.alloc(13).toString('base64') }),
    'field data.nonce_b64 has 13 bytes, not 12',
  ],
  'a nonce that is a number': [
    (d) => Object.assign(d.data, { nonce_b64: 12 }),
    'field data.nonce_b64 is not base64',
  ],
  'no ciphertext': [(d) => delete d.kem['ciphertext_b64'], 'field kem.ciphertext_b64 is missing'],
  'a ciphertext of another algorithm': [
    (d) => Object.assign(d.kem, { ciphertext_b64: Buffer.alloc(1568).toString('base64') }),
    'field kem.ciphertext_b64 has 1568 bytes, not 1088',
  ],
  'data shorter than its tag': [
    (d) => Object.assign(d.data, { ciphertext_b64: Buffer.alloc(15).toString('base64') }),
    'field data.ciphertext_b64 has 15 bytes, fewer than 16',
  ],
  'base64 with bits that encode nothing': [
    (d) => Object.assign(d.keywrap, { ciphertext_b64: `${'A'.repeat(62)}B=` }),
    'field keywrap.ciphertext_b64 is not base64',
  ],
  'a recipient that is text': [
    (d) => Object.assign(d, { recipient: 'me' }),
    'field recipient is not an object',
  ],
};

describe('the shape of v1', () => {
  test.for(Object.entries(SHAPES))('%s', ([, [change, what]]) => {
    const document = fixtureJson<V1>('v1-python-seed', 'secrets.bundle.json');
    change(document);
    const fault = faultOf(() => readBundle(bytesOf(document), 'F'));
    expect([fault.code, fault.message]).toEqual(['not-a-bundle', `F is not a bundle: ${what}`]);
  });

  test('any engine, unknown members, white space around base64, upper-case hex, and no recipient are taken', async () => {
    const document = fixtureJson<V1>('v1-python-seed', 'secrets.bundle.json');
    const key = await identityOf('v1-python-seed');
    Object.assign(document, { engine: { any: ['thing'] }, later: 1, recipient: undefined });
    Object.assign(document.data, { nonce_b64: ` \n${document.data['nonce_b64']}\t\r` });
    expect(texts(await openBytes(bytesOf(document), key))).toEqual(expectedOf('v1-python-seed'));
    const single = fixtureJson<V1>('v1-python-single-envelope', 'secrets.bundle.json');
    Object.assign(single.data, { nonce: ` ${String(single.data['nonce']).toUpperCase()} ` });
    const singleKey = await identityOf('v1-python-single-envelope');
    expect(texts(await openBytes(bytesOf(single), singleKey))).toEqual(
      expectedOf('v1-python-single-envelope'),
    );
  });

  test("another identity's bundle says so by the hash; without a hash it may as well be damaged", async () => {
    const document = fixtureJson<V1>('v1-python-seed', 'secrets.bundle.json');
    const key = await identityOf('v2-one-recipient');
    const fault = await faultOfAsync(() => openBytes(bytesOf(document), key));
    expect(fault.code).toBe('not-for-this-identity');
    expect(fault.message).toContain('the hash of its public key is 1f6cd1a939689faa…');
    delete document.recipient;
    expect((await faultOfAsync(() => openBytes(bytesOf(document), key))).code).toBe('damaged');
    const of1024 = await identityOf('v2-mixed-1024-reader');
    expect((await faultOfAsync(() => openBytes(bytesOf(document), of1024))).code).toBe(
      'not-for-this-identity',
    );
  });
});
