import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generateKey } from '../../src/crypto/kem.ts';
import { isMissing } from '../../src/fault.ts';
import { readRecipient, recipientText } from '../../src/identity/recipient.ts';
import { faultOf, sandbox } from '../store/sandbox.ts';
import { changeJson, storeCopy } from './store-copy.ts';

const { publicKey: key768 } = await generateKey('ML-KEM-768');
const { publicKey: key1024 } = await generateKey('ML-KEM-1024');
const hex768 = Buffer.from(key768).toString('hex');

function fileWith(content: string | Uint8Array): string {
  const path = join(sandbox(), 'recipient.pub');
  writeFileSync(path, content);
  return path;
}

describe('read', () => {
  test.for([
    ['bare hex', hex768],
    ['with a final newline', `${hex768}\n`],
    ['with white space around and upper case', ` \t${hex768.toUpperCase()}\r\n`],
  ] as const)('%s', ([, content]) => {
    expect(readRecipient(fileWith(content))).toEqual({ alg: 'ML-KEM-768', publicKey: key768 });
  });

  test('bare hex of 1,568 bytes is an ML-KEM-1024 key', () => {
    expect(readRecipient(fileWith(Buffer.from(key1024).toString('hex')))).toEqual({
      alg: 'ML-KEM-1024',
      publicKey: key1024,
    });
  });

  test.for(['v1-python-seed', 'v1-rust-expanded', 'v2-mixed-1024-reader', 'v2-passphrase'])(
    'that of %s',
    (name) => {
      const path = join(storeCopy(name), 'recipient.pub');
      const { alg, publicKey } = readRecipient(path);
      expect(publicKey.length).toBe(alg === 'ML-KEM-768' ? 1184 : 1568);
      const text = readFileSync(path, 'utf8');
      const stated = text.startsWith('{')
        ? JSON.parse(text).public_key_sha3_256
        : createHash('sha3-256').update(Buffer.from(text, 'hex')).digest('hex');
      expect(createHash('sha3-256').update(publicKey).digest('hex')).toBe(stated);
    },
  );

  test('the hash may be left out, and other members may be there', () => {
    const path = fileWith(recipientText('ML-KEM-768', key768, new Date()));
    changeJson(path, (object) => {
      delete object['public_key_sha3_256'];
      object['comment'] = 'mine';
    });
    expect(readRecipient(path).publicKey).toEqual(key768);
  });

  test('a missing one is the system’s own error', () => {
    expect(() => readRecipient(join(sandbox(), 'recipient.pub'))).toThrow(expect.toSatisfy(isMissing));
  });
});

describe('written', () => {
  test('as JSON with the members in the order of the format, the time to the microsecond', () => {
    const text = new TextDecoder().decode(
      recipientText('ML-KEM-768', key768, new Date('2026-06-07T18:47:58.715Z')),
    );
    expect(text).toBe(
      `{
  "alg": "ML-KEM-768",
  "engine": "pqx",
  "public_key_b64": "${Buffer.from(key768).toString('base64')}",
  "public_key_sha3_256": "${createHash('sha3-256').update(key768).digest('hex')}",
  "created_utc": "2026-06-07T18:47:58.715000Z"
}
`,
    );
  });

  test.for([
    ['ML-KEM-768', key768],
    ['ML-KEM-1024', key1024],
  ] as const)('and read back: %s', ([alg, publicKey]) => {
    expect(readRecipient(fileWith(recipientText(alg, publicKey, new Date())))).toEqual({ alg, publicKey });
  });
});

describe('broken: the file and the field are named', () => {
  const unreduced = Uint8Array.from(key768).fill(255, 0, 3);
  const cases: readonly (readonly [string, string, string | Uint8Array])[] = [
    ['nothing', 'it is empty', ''],
    ['white space', 'it is empty', ' \n'],
    ['cut JSON', 'it is not UTF-8 JSON', '{"alg":"ML-KEM-768","publ'],
    ['a byte order mark before hex', 'it is not UTF-8 JSON', `\ufeff${hex768}`],
    ['a byte order mark before JSON', 'it is not UTF-8 JSON', '\ufeff{}'],
    ['hex with a line break', 'it is not UTF-8 JSON', `${hex768.slice(0, 64)}\n${hex768.slice(64)}`],
    ['no UTF-8', 'it is not UTF-8 JSON', Uint8Array.of(0xff, 0xfe)],
    ['a list', 'it is not a JSON object', '[]'],
    [
      'hex of another length',
      'a public key has 1184 or 1568 bytes, and the hex in it stands for 1183',
      hex768.slice(2),
    ],
    [
      'hex of a key with an unreduced coefficient',
      'the hex in it is no ML-KEM-768 public key',
      Buffer.from(unreduced).toString('hex'),
    ],
    [
      'a key with an unreduced coefficient',
      'field public_key_b64 is no ML-KEM-768 public key',
      recipientText('ML-KEM-768', unreduced, new Date()),
    ],
  ];

  test.for(cases)('%s', ([, what, content]) => {
    const path = fileWith(content);
    expect(faultOf(() => readRecipient(path))).toEqual({
      code: 'identity',
      message: `${path} cannot be used: ${what}`,
      hint: `mv ${path} ${path}.broken   and restore it from a backup`,
    });
  });

  test.for([
    ['field alg names no known algorithm', { alg: undefined }],
    ['field alg names no known algorithm', { alg: 'RSA' }],
    ['field public_key_b64 is missing', { public_key_b64: undefined }],
    ['field public_key_b64 is not base64', { public_key_b64: hex768.slice(1) }],
    ['field public_key_b64 is not base64', { public_key_b64: 7 }],
    ['field public_key_b64 has 1184 bytes, not 1568', { alg: 'ML-KEM-1024' }],
    ['field public_key_sha3_256 is not the hash of the key', { public_key_sha3_256: '00'.repeat(32) }],
    ['field public_key_sha3_256 is not the hash of the key', { public_key_sha3_256: null }],
  ] as const)('%s (%j)', ([what, change]) => {
    const path = fileWith(recipientText('ML-KEM-768', key768, new Date()));
    changeJson(path, (object) => Object.assign(object, change));
    expect(faultOf(() => readRecipient(path)).message).toBe(`${path} cannot be used: ${what}`);
  });

  test('a directory, and a file over 16 MiB', () => {
    const directory = sandbox();
    mkdirSync(join(directory, 'recipient.pub'));
    expect(faultOf(() => readRecipient(join(directory, 'recipient.pub'))).message).toContain(
      'is a directory',
    );
    const path = fileWith(hex768);
    truncateSync(path, 16 * 1024 * 1024 + 1);
    expect(faultOf(() => readRecipient(path)).message).toBe(`${path} is larger than 16777216 bytes`);
  });
});
