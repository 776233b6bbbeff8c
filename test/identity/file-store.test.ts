import { createCipheriv } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decapsulate, encapsulate, publicKeyOf } from '../../src/crypto/kem.ts';
import { hasFileIdentity, loadFileIdentity } from '../../src/identity/file-store.ts';
import { readRecipient } from '../../src/identity/recipient.ts';
import { nobleExpanded } from '../crypto/expanded.ts';
import { faultOfAsync, RUNTIMES, run, sandbox } from '../store/sandbox.ts';
import { changeJson, storeCopy } from './store-copy.ts';

const KEY = 'private.key.enc';
const KEK = 'machine.kek';

describe('the stores of every engine', () => {
  test.for([
    ['v1-python-seed', 'ML-KEM-768', 'seed', 64],
    ['v1-python-single-envelope', 'ML-KEM-768', 'expanded', 2400],
    ['v1-rust-expanded', 'ML-KEM-768', 'expanded', 2400],
    ['v2-one-recipient', 'ML-KEM-768', 'seed', 64],
    ['v2-mixed-1024-reader', 'ML-KEM-1024', 'seed', 64],
    ['v2-broken', 'ML-KEM-768', 'seed', 64],
  ] as const)(
    '%s: %s, %s form of %i bytes, the private key of its recipient.pub',
    async ([name, alg, form, length]) => {
      const directory = storeCopy(name);
      expect(hasFileIdentity(directory)).toBe(true);
      const key = await loadFileIdentity(directory);
      expect([key.alg, key.form, key.bytes.length]).toEqual([alg, form, length]);
      const recipient = readRecipient(join(directory, 'recipient.pub'));
      expect(recipient).toEqual({ alg, publicKey: await publicKeyOf(key) });
      const { ciphertext, sharedSecret } = await encapsulate(alg, recipient.publicKey);
      expect(await decapsulate(key, ciphertext)).toEqual(sharedSecret);
    },
  );

  test.for(RUNTIMES)('all of them in $name, and one that is broken', async ({ command }) => {
    const program = fileURLToPath(new URL('./program.ts', import.meta.url));
    for (const name of ['v1-python-seed', 'v1-rust-expanded', 'v2-mixed-1024-reader']) {
      const directory = storeCopy(name);
      const { publicKey } = readRecipient(join(directory, 'recipient.pub'));
      const { stdout, stderr } = await run(command, [program, directory, 'load']);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ publicKey: Buffer.from(publicKey).toString('hex') });
      const file = join(directory, KEY);
      changeJson(file, (object) => Object.assign(object, { nonce_b64: 'AAAAAAAAAAAAAAA' }));
      expect(JSON.parse((await run(command, [program, directory, 'load'])).stdout)).toEqual({
        message: `${file} cannot be used: field nonce_b64 is not base64`,
      });
    }
  });

  test('an expanded ML-KEM-1024 key is told by its length in version 1, and by its name in version 2', async () => {
    const bytes = nobleExpanded('ML-KEM-1024', new Uint8Array(64).fill(7));
    const first = handMade(bytes, { version: 1 }, 'pqc-secrets:v1:private-key');
    expect(await loadFileIdentity(first)).toEqual({ alg: 'ML-KEM-1024', form: 'expanded', bytes });
    const second = handMade(bytes, HEAD_1024, AAD_1024);
    expect(await loadFileIdentity(second)).toEqual({ alg: 'ML-KEM-1024', form: 'expanded', bytes });
  });

  test('version 2 may name ML-KEM-768 too', async () => {
    const bytes = new Uint8Array(64).fill(9);
    const head = { version: 2, alg: 'ML-KEM-768', kdf: { name: 'machine.kek' } };
    const aad = 'pqx:v2:private-key\0{"alg":"ML-KEM-768","kdf":{"name":"machine.kek"},"version":2}';
    expect(await loadFileIdentity(handMade(bytes, head, aad))).toEqual({
      alg: 'ML-KEM-768',
      form: 'seed',
      bytes,
    });
  });

  test('version 2 binds its algorithm: renamed, it does not open', async () => {
    const directory = handMade(new Uint8Array(64), HEAD_1024, AAD_1024);
    changeJson(join(directory, KEY), (object) => Object.assign(object, { alg: 'ML-KEM-768' }));
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain(
      'it does not open with',
    );
  });

  test('white space around base64, and a pretty-printer, do no harm', async () => {
    const directory = storeCopy('v1-python-seed');
    const key = await loadFileIdentity(directory);
    changeJson(join(directory, KEY), (object) => {
      object['nonce_b64'] = ` ${String(object['nonce_b64'])}\n`;
    });
    expect(await loadFileIdentity(directory)).toEqual(key);
  });
});

describe('what is missing', () => {
  test('no identity: the word that makes one', async () => {
    const directory = sandbox();
    expect(hasFileIdentity(directory)).toBe(false);
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toEqual({
      code: 'identity',
      message: `there is no identity in ${directory}`,
      hint: 'pqx keygen',
    });
    expect(await faultOfAsync(() => loadFileIdentity(join(directory, 'gone')))).toMatchObject({
      hint: 'pqx keygen',
    });
  });

  test('no machine.kek: the way of stores of the older Python engine, and nothing is made', async () => {
    const directory = storeCopy('v1-python-seed');
    unlinkSync(join(directory, KEK));
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toEqual({
      code: 'identity',
      message: `${directory}/machine.kek is missing, and private.key.enc does not open without it`,
      hint: `restore it from a backup; or, for a store of the Python engine, cp -a ${directory} ${directory}.copy and run that engine's \`verify\` once, which makes it; when it is lost, pqx keygen --force   starts over`,
    });
    expect(existsSync(join(directory, KEK))).toBe(false);
  });

  test('a passphrase: said before machine.kek is asked for', async () => {
    const directory = storeCopy('v2-passphrase');
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toEqual({
      code: 'identity',
      message: `${directory}/private.key.enc is under a passphrase`,
      hint: 'PQX_PASSPHRASE_FILE=FILE pqx …',
    });
  });
});

describe('what is broken: the file and the field are named, and nothing of its content', () => {
  const cases: readonly (readonly [
    string,
    string,
    string | Uint8Array | ((object: Record<string, unknown>) => void),
  ])[] = [
    ['it is empty', 'it is empty', ''],
    ['it is cut', 'it is not UTF-8 JSON', '{ "version": 1, "nonce_b64": "L+RX8qWRiMGg'],
    ['a byte order mark', 'it is not UTF-8 JSON', '\ufeff{"version":1}'],
    ['it is not UTF-8', 'it is not UTF-8 JSON', Uint8Array.of(0x22, 0xff, 0x22)],
    ['UTF-16', 'it is not UTF-8 JSON', Buffer.from('{"version":1}', 'utf16le')],
    ['an array', 'it is not a JSON object', '[1]'],
    ['null', 'it is not a JSON object', 'null'],
    ['no version', 'field version is neither 1 nor 2', '{}'],
    ['version 3', 'field version is neither 1 nor 2', (object) => Object.assign(object, { version: 3 })],
    [
      'version as text',
      'field version is neither 1 nor 2',
      (object) => Object.assign(object, { version: '1' }),
    ],
    ['no nonce', 'field nonce_b64 is missing', (object) => delete object['nonce_b64']],
    [
      'a nonce that is a number',
      'field nonce_b64 is not base64',
      (object) => Object.assign(object, { nonce_b64: 1 }),
    ],
    [
      'a nonce in hex',
      'field nonce_b64 is not base64',
      (object) => Object.assign(object, { nonce_b64: 'abc' }),
    ],
    [
      'a nonce without padding',
      'field nonce_b64 is not base64',
      (object) => Object.assign(object, { nonce_b64: 'L+RX8qWRiMGgvsE' }),
    ],
    [
      'a short nonce',
      'field nonce_b64 has 9 bytes, not 12',
      (object) => Object.assign(object, { nonce_b64: 'AAAAAAAAAAAA' }),
    ],
    ['no ciphertext', 'field ciphertext_b64 is missing', (object) => delete object['ciphertext_b64']],
    [
      'a ciphertext of another length',
      'it does not open with the machine.kek beside it: one of them is damaged or from elsewhere',
      (object) => Object.assign(object, { ciphertext_b64: 'AAAA' }),
    ],
    [
      'a prototype for a document',
      'field version is neither 1 nor 2',
      '{"__proto__":{"version":1,"nonce_b64":"AAAAAAAAAAAAAAAA","ciphertext_b64":""}}',
    ],
  ];

  test.for(cases)('%s', async ([, what, broken]) => {
    const directory = storeCopy('v1-python-seed');
    const file = join(directory, KEY);
    if (typeof broken === 'function') changeJson(file, broken);
    else writeFileSync(file, broken);
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toEqual({
      code: 'identity',
      message: `${file} cannot be used: ${what}`,
      hint: `mv ${file} ${file}.broken   and restore it from a backup`,
    });
  });

  test.for([
    ['field alg names no known algorithm', { alg: 'ML-KEM-512' }],
    ['field alg names no known algorithm', { alg: 'toString' }],
    ['field kdf is not an object', { kdf: 'machine.kek' }],
    ['field kdf is not an object', { kdf: ['machine.kek'] }],
    ['field kdf.name names no known way to the key', { kdf: { name: 'scrypt' } }],
    ['field kdf.name names no known way to the key', { kdf: {} }],
    ['field kdf has an unknown member', { kdf: { name: 'machine.kek', t: 1 } }],
    ['it has an unknown field comment', { comment: 'x' }],
    ['it has an unknown field a\\x1b[2J', { 'a\u001b[2J': 'x' }],
  ] as const)('version 2: %s (%j)', async ([what, change]) => {
    const directory = storeCopy('v2-mixed-1024-reader');
    changeJson(join(directory, KEY), (object) => Object.assign(object, change));
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toBe(
      `${directory}/private.key.enc cannot be used: ${what}`,
    );
  });

  test.for([0, 1, 31, 33, 64])('machine.kek with %i bytes', async (length) => {
    const directory = storeCopy('v1-python-seed');
    writeFileSync(join(directory, KEK), new Uint8Array(length));
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toMatchObject({
      code: 'identity',
      message: `${directory}/machine.kek cannot be used: it has ${length} bytes, not 32`,
    });
  });

  test('one flipped bit anywhere in key, nonce or ciphertext', async () => {
    const directory = storeCopy('v1-python-seed');
    const file = join(directory, KEY);
    const whole = readFileSync(file, 'utf8');
    for (const field of ['nonce_b64', 'ciphertext_b64'] as const) {
      for (const at of [0, 5, -1]) {
        changeJson(file, (object) => {
          const bytes = Buffer.from(String(object[field]), 'base64');
          bytes.writeUInt8((bytes.at(at) ?? 0) ^ 1, at < 0 ? bytes.length + at : at);
          object[field] = bytes.toString('base64');
        });
        expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain(
          'it does not open with',
        );
        writeFileSync(file, whole);
      }
    }
    writeFileSync(join(directory, KEK), new Uint8Array(32));
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain(
      'it does not open with',
    );
  });

  test('a decrypted key of no known length, or an expanded one that is corrupted', async () => {
    const aad = 'pqc-secrets:v1:private-key';
    for (const length of [0, 32, 63, 65, 2399, 3169]) {
      const directory = handMade(new Uint8Array(length), { version: 1 }, aad);
      expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain(
        `the private key in it has ${length} bytes, which no form of it has`,
      );
    }
    // In the embedded public key, which the key's own hash covers.
    for (const [alg, at] of [
      ['ML-KEM-768', 1300],
      ['ML-KEM-1024', 2000],
    ] as const) {
      const expanded = nobleExpanded(alg, new Uint8Array(64));
      expanded[at] = (expanded[at] ?? 0) ^ 1;
      const directory = handMade(expanded, { version: 1 }, aad);
      expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain(
        'the private key in it is corrupted (its own hash does not match)',
      );
    }
  });

  test('an expanded 768 key in a file that says 1024', async () => {
    const directory = handMade(nobleExpanded('ML-KEM-768', new Uint8Array(64)), HEAD_1024, AAD_1024);
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toContain('has 2400 bytes');
  });
});

describe('what cannot be trusted or read', () => {
  test.for([KEY, KEK])('%s that others can read, and the hint mends it', async (name) => {
    const directory = storeCopy('v1-python-seed');
    chmodSync(join(directory, name), 0o644);
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toEqual({
      code: 'unsafe',
      message: `others can read ${directory}/${name}`,
      hint: `chmod 600 ${directory}/${name}`,
    });
  });

  test('a directory that others can write', async () => {
    const directory = storeCopy('v1-python-seed');
    chmodSync(directory, 0o770);
    expect(await faultOfAsync(() => loadFileIdentity(directory))).toMatchObject({
      code: 'unsafe',
      message: `others can write the directory ${directory}`,
    });
  });

  test.for([KEY, KEK])('a directory in the place of %s', async (name) => {
    const directory = storeCopy('v1-python-seed');
    rmSync(join(directory, name));
    mkdirSync(join(directory, name));
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toBe(
      `${directory}/${name} is a directory, not a file`,
    );
  });

  test.for([KEY, KEK])('%s over 16 MiB', async (name) => {
    const directory = storeCopy('v1-python-seed');
    truncateSync(join(directory, name), 16 * 1024 * 1024 + 1);
    expect((await faultOfAsync(() => loadFileIdentity(directory))).message).toBe(
      `${directory}/${name} is larger than 16777216 bytes`,
    );
  });

  test('but a large one of the right form is read', async () => {
    const directory = storeCopy('v1-python-seed');
    const file = join(directory, KEY);
    writeFileSync(file, readFileSync(file, 'utf8') + ' '.repeat(1_000_000));
    expect((await loadFileIdentity(directory)).form).toBe('seed');
  });
});

const HEAD_1024 = { version: 2, alg: 'ML-KEM-1024', kdf: { name: 'machine.kek' } } as const;
const AAD_1024 = 'pqx:v2:private-key\0{"alg":"ML-KEM-1024","kdf":{"name":"machine.kek"},"version":2}';

/** A store made by node:crypto alone, as another program would make it from the format page. */
function handMade(key: Uint8Array, head: object, aad: string): string {
  const directory = sandbox();
  const kek = Buffer.alloc(32, 1);
  const nonce = Buffer.alloc(12, 2);
  const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(Buffer.from(aad));
  const sealed = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  writeFileSync(join(directory, KEK), kek, { mode: 0o600 });
  const document = {
    ...head,
    nonce_b64: nonce.toString('base64'),
    ciphertext_b64: sealed.toString('base64'),
  };
  writeFileSync(join(directory, KEY), JSON.stringify(document), { mode: 0o600 });
  return directory;
}
