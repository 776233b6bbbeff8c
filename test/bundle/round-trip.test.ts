/** What is sealed opens as it was: any names, any values, both formats, both algorithms, and the text forms around them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportable, exportText } from '../../src/bundle/export.ts';
import { readAssignments } from '../../src/bundle/input.ts';
import { VALUE_LIMIT } from '../../src/bundle/names.ts';
import { openBundle } from '../../src/bundle/open.ts';
import { readPayload, writePayload } from '../../src/bundle/payload.ts';
import { readBundle } from '../../src/bundle/read.ts';
import type { Recipient, Secrets } from '../../src/bundle/types.ts';
import { sealV1 } from '../../src/bundle/v1.ts';
import { sealV2 } from '../../src/bundle/v2-write.ts';
import { generateKey, type PrivateKey } from '../../src/crypto/kem.ts';
import { faultOf, faultOfAsync } from '../store/sandbox.ts';
import { secretsOf } from '../support/v2.ts';
import { openBytes, texts } from './store.ts';

const NOW = new Date('2026-11-25T12:00:00.123Z');

/** Names that mean something to the language, to shells or to nothing at all. */
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '_', 'A', 'version', 'entries'),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/),
);
/** Well-formed text without NUL: line ends, quotes, byte order marks, what is beyond the first plane. */
const value = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom('\n', '\r', "'", '"', '\\', '$', '`', ' ', '#', '=', '\ufeff', '🔑') }),
  )
  .map((text) => text.replaceAll('\0', ''));
const secrets = fc
  .uniqueArray(fc.tuple(name, value), { maxLength: 12, selector: ([first]) => first })
  .map((entries): Secrets => new Map(entries.map(([key, text]) => [key, new TextEncoder().encode(text)])));

async function recipient(alg: 'ML-KEM-768' | 'ML-KEM-1024', label: string) {
  const { key, publicKey } = await generateKey(alg);
  return { key, to: { alg, label, publicKey } satisfies Recipient };
}

describe('open after seal', () => {
  test('v1 gives back what went in', async () => {
    const { key, to } = await recipient('ML-KEM-768', 'me');
    await fc.assert(
      fc.asyncProperty(secrets, async (given) => {
        const opened = await openBytes(await sealV1(given, to.publicKey, NOW), key);
        expect(texts(opened)).toEqual(texts(given));
      }),
    );
  });

  test('v2 gives back what went in, to every recipient, and for each name alone', async () => {
    const all = [await recipient('ML-KEM-768', 'a'), await recipient('ML-KEM-1024', 'b')] as const;
    const to = all.map((one) => one.to);
    await fc.assert(
      fc.asyncProperty(secrets, fc.nat(), async (given, pick) => {
        const bytes = await sealV2(given, to, NOW);
        for (const { key } of all) expect(texts(await openBytes(bytes, key))).toEqual(texts(given));
        const names = [...given.keys()];
        const wanted = names[pick % Math.max(names.length, 1)] ?? 'NONE';
        const one = await openBundle(readBundle(bytes, 'b'), all[0].key, [wanted, 'NOT_THERE'], 'b');
        expect(texts(one)).toEqual(texts(given).filter(([inner]) => inner === wanted));
      }),
    );
  });

  test('the file of v2 is what FORMAT says: ASCII, without a backslash, its text less white space canonical', async () => {
    const { to } = await recipient('ML-KEM-768', 'me');
    await fc.assert(
      fc.asyncProperty(secrets, async (given) => {
        const text = new TextDecoder().decode(await sealV2(given, [to], NOW));
        expect(text).toMatch(/^[\n -[\]-~]*$/);
        const document = JSON.parse(text);
        expect(Object.keys(document.entries)).toEqual([...given.keys()].sort());
        expect(text.replace(/\s/g, '')).toBe(JSON.stringify(document));
        expect(document.revision).toBe(1);
        expect(document.updated_utc).toBe('2026-11-25T12:00:00.123000Z');
      }),
      { numRuns: 30 },
    );
  });

  test('every seal is another: no nonce, key, id or ciphertext comes twice', async () => {
    const { to } = await recipient('ML-KEM-768', 'me');
    const seen = new Set<string>();
    let count = 0;
    for (let round = 0; round < 50; round += 1) {
      const document = JSON.parse(
        new TextDecoder().decode(await sealV2(secretsOf({ A: 'x', B: 'x' }), [to], NOW)),
      );
      const [stanza] = document.recipients;
      for (const text of [
        document.bundle_id,
        document.dek_commitment_b64,
        document.seal.nonce_b64,
        stanza.nonce_b64,
        stanza.kem_ciphertext_b64,
        document.entries.A.nonce_b64,
        document.entries.B.nonce_b64,
        document.entries.A.ciphertext_b64,
        document.entries.B.ciphertext_b64,
      ]) {
        seen.add(text);
        count += 1;
      }
    }
    expect(seen.size).toBe(count);
  });
});

describe('text around bundles', () => {
  test('the payload of v1 gives back what went in', () => {
    fc.assert(
      fc.property(secrets, (given) => {
        const payload = writePayload(given);
        expect(texts(readPayload(payload, 'secrets', 'F'))).toEqual(texts(given));
        expect(JSON.parse(new TextDecoder().decode(payload)).secrets).toBeDefined();
      }),
    );
  });

  test('what export prints for sh and as dotenv, pack reads back exactly', () => {
    fc.assert(
      fc.property(secrets, fc.constantFrom('sh' as const, 'dotenv' as const), (given, form) => {
        const { printed } = exportable(given);
        expect(texts(readAssignments(exportText(printed, form), 'F'))).toEqual(texts(printed));
      }),
    );
  });

  test('what export prints as JSON, any reader of JSON reads back exactly', () => {
    fc.assert(
      fc.property(secrets, (given) => {
        const { printed } = exportable(given);
        const parsed = JSON.parse(new TextDecoder().decode(exportText(printed, 'json')));
        expect(Object.entries(parsed).sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(texts(printed));
      }),
    );
  });
});

describe('what no bundle may hold is refused before anything is made, by name and without the value', () => {
  const VALUES: readonly (readonly [string, Uint8Array, string])[] = [
    ['a NUL', Uint8Array.of(0x61, 0, 0x62), 'holds a NUL'],
    ['a lone surrogate in UTF-8', Uint8Array.of(0xed, 0xa0, 0x80), 'is not UTF-8'],
    ['an overlong form', Uint8Array.of(0xc0, 0x80), 'is not UTF-8'],
    ['a cut sequence', Uint8Array.of(0xe2, 0x82), 'is not UTF-8'],
    ['more than 1 MiB', new Uint8Array(VALUE_LIMIT + 1).fill(0x61), `is longer than ${VALUE_LIMIT} bytes`],
  ];
  test.for(VALUES)('%s', async ([, bytes, what]) => {
    const { to } = await recipient('ML-KEM-768', 'me');
    const fault = await faultOfAsync(() => sealV2(new Map([['A_KEY', bytes]]), [to], NOW));
    expect([fault.code, fault.message]).toEqual(['input', `the value of A_KEY ${what}`]);
  });

  test.for(['', '1A', 'A-B', 'A B', 'Ä', 'A\n', `A${'_'.repeat(256)}`])('the name %j', async (bad) => {
    const { to } = await recipient('ML-KEM-768', 'me');
    const fault = await faultOfAsync(() => sealV2(secretsOf({ [bad]: 'x' }), [to], NOW));
    expect([fault.code, fault.message]).toEqual(['input', 'that is no name for a key']);
  });

  test('of v1, in a payload of somebody else: lone surrogates, NUL, numbers, members twice', () => {
    for (const [payload, what] of [
      ['{"secrets":{"A":"\\ud800"}}', 'the value of A is not well-formed Unicode'],
      ['{"secrets":{"A":"\\u0000"}}', 'the value of A holds a NUL'],
      ['{"secrets":{"A":1}}', 'the value of A is not text'],
      ['{"secrets":{"A":"1","\\u0041":"2"}}', 'of its content, two members are named A'],
      ['{"secrets":{"A":"1"},"secrets":{}}', 'of its content, two members are named secrets'],
      ['{"secrets":[]}', 'its content has no object `secrets`'],
      ['[]', 'its content is not a JSON object'],
      ['\ufeff{"secrets":{}}', 'of its content, it is not UTF-8 JSON'],
      [`{"secrets":${'['.repeat(20)}`, 'of its content, it is nested deeper than 16 levels'],
    ] as const) {
      const fault = faultOf(() => readPayload(new TextEncoder().encode(payload), 'secrets', 'F'));
      expect([fault.code, fault.message]).toEqual(['not-a-bundle', `F is not a bundle: ${what}`]);
    }
  });
});

describe('sizes', () => {
  test('10,000 entries, and one of them alone', async () => {
    const { key, to } = await recipient('ML-KEM-768', 'me');
    const many: Secrets = new Map(
      Array.from({ length: 10_000 }, (_, at) => [`KEY_${at}`, new TextEncoder().encode(`value ${at}`)]),
    );
    for (const bytes of [await sealV2(many, [to], NOW), await sealV1(many, to.publicKey, NOW)]) {
      expect(texts(await openBytes(bytes, key))).toEqual(texts(many));
      const one = await openBundle(readBundle(bytes, 'b'), key, ['KEY_7777'], 'b');
      expect(texts(one)).toEqual([['KEY_7777', 'value 7777']]);
    }
  });

  test('a value of exactly 1 MiB; as many of them as a file holds, and no more', async () => {
    const { key, to } = await recipient('ML-KEM-768', 'me');
    const large = new Uint8Array(VALUE_LIMIT).fill(0x78);
    const some = (count: number): Secrets =>
      new Map(Array.from({ length: count }, (_, at) => [`BIG_${at}`, large]));
    const bytes = await sealV2(some(11), [to], NOW);
    const opened = await openBytes(bytes, key);
    expect([...opened.values()].every((got) => Buffer.compare(got, large) === 0)).toBe(true);
    const fault = await faultOfAsync(() => sealV2(some(12), [to], NOW));
    expect(fault.message).toBe('the bundle would be larger than 16777216 bytes, and no reader would take it');
  });

  test('1,000 recipients, of both algorithms, and the last one opens; 1,001 are refused', async () => {
    const all: { key: PrivateKey; to: Recipient }[] = [];
    for (let at = 0; at < 999; at += 1) all.push(await recipient('ML-KEM-768', `r${at}`));
    const last = await recipient('ML-KEM-1024', 'last');
    const bytes = await sealV2(secretsOf({ A: 'x' }), [...all.map(({ to }) => to), last.to], NOW);
    expect(texts(await openBytes(bytes, last.key))).toEqual([['A', 'x']]);
    const more = await recipient('ML-KEM-768', 'more');
    const fault = await faultOfAsync(() =>
      sealV2(secretsOf({ A: 'x' }), [...all.map(({ to }) => to), last.to, more.to], NOW),
    );
    expect(fault.message).toBe('a bundle has 1 to 1000 recipients, not 1001');
  });

  test('no recipient, one twice, a label twice, a bad label, and what is no public key are refused', async () => {
    const { to } = await recipient('ML-KEM-768', 'me');
    const other = await recipient('ML-KEM-768', 'me');
    const faults = async (...recipients: Recipient[]) =>
      (await faultOfAsync(() => sealV2(new Map(), recipients, NOW))).message;
    expect(await faults()).toBe('a bundle has 1 to 1000 recipients, not 0');
    expect(await faults(to, other.to)).toBe('there is a recipient me already');
    expect(await faults(to, { ...to, label: 'again' })).toBe('again and me are the same public key');
    expect(await faults({ ...to, label: 'two words' })).toBe('that is no label for a recipient');
    expect(await faults({ ...to, publicKey: new Uint8Array(1184).fill(0xff) })).toBe(
      'the public key of me is no ML-KEM-768 key',
    );
  });
});
