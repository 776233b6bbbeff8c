/**
 * What does not fit starts nothing: the status, one line, a hint, no value; and where the hint is a command, it mends
 * what it was said of. Both builds.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { putV1 } from '../support/v1.ts';
import { putBundle } from '../support/v2.ts';

const VALUE = 's3cret-value';
const PROFILES = 'version: 1\nprofiles:\n  t: { env: { T: GOOD_KEY } }\n';

async function ready(format: 'v1' | 'v2' = 'v1'): Promise<User> {
  const user = newUser();
  user.ok(['keygen']);
  const values = { GOOD_KEY: VALUE, OTHER_KEY: `${VALUE}-2` };
  await (format === 'v1' ? putV1(user, values) : putBundle(user, values));
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  return user;
}

const file = (user: User, name: string) => join(user.config, name);
const BUNDLE = 'secrets.bundle.json';

interface Said {
  readonly message: string;
  readonly hint: string;
}

/** Launches a program that would leave a trace, and expects that none is left. */
function refused(user: User, build: Build, line: readonly string[] = ['-p', 't'], status = 125): Said {
  const trace = join(user.home, 'started');
  const result = user.pqx([...line, 'sh', '-c', `echo started; touch ${trace}`], { build });
  expect({ status: result.status, signal: result.signal, stdout: result.stdout }).toEqual({
    status,
    signal: null,
    stdout: '',
  });
  expect(existsSync(trace)).toBe(false);
  return said(result.stderr);
}

function said(stderr: string): Said {
  expect(stderr).not.toContain(VALUE);
  const lines = /^pqx: ([^\n]+[^\n.])\n {2}hint: ([^\n]+)\n$/.exec(stderr);
  if (lines === null) throw new Error(`this is not one line and a hint: ${stderr}`);
  return { message: lines[1] ?? '', hint: lines[2] ?? '' };
}

/** Runs what a hint says to type, and expects the launch to work then. */
function mends(user: User, build: Build, { hint }: Said, input = ''): void {
  const [command = ''] = hint.split(/ {3}/);
  const result = user.shell(command, { build, input });
  expect({ command, status: result.status, stderr: result.status === 0 ? '' : result.stderr }).toEqual({
    command,
    status: 0,
    stderr: '',
  });
  expect(user.pqx(['-p', 't', 'sh', '-c', 'test -n "$T"'], { build })).toMatchObject({
    status: 0,
    stderr: '',
  });
}

type Json = Record<string, unknown>;

function changeJson(path: string, at: readonly string[], change: (value: unknown) => unknown): void {
  const document: Json = JSON.parse(readFileSync(path, 'utf8'));
  const last = at.at(-1) ?? '';
  const parent = at.slice(0, -1).reduce<Json>((object, name) => object[name] as Json, document);
  expect(Object.keys(parent)).toContain(last);
  parent[last] = change(parent[last]);
  writeFileSync(path, JSON.stringify(document));
}

/** One bit of the bytes that the text stands for. */
function flipped(text: unknown, at: (length: number) => number): string {
  const bytes = Buffer.from(String(text), 'base64');
  const index = at(bytes.length);
  bytes[index] = (bytes[index] ?? 0) ^ 0x01;
  return bytes.toString('base64');
}

const PLACES = {
  first: () => 0,
  middle: (length: number) => length >> 1,
  last: (length: number) => length - 1,
};

describe.each(BUILD_NAMES)('%s', (build) => {
  describe('a bundle of version 1', () => {
    const SEALED = [
      ['kem', 'ciphertext_b64'],
      ['keywrap', 'nonce_b64'],
      ['keywrap', 'ciphertext_b64'],
      ['data', 'nonce_b64'],
      ['data', 'ciphertext_b64'],
    ];
    test.each(SEALED)('a flipped bit in %s.%s, wherever it is', async (...at) => {
      for (const place of Object.values(PLACES)) {
        const user = await ready();
        changeJson(file(user, BUNDLE), at, (text) => flipped(text, place));
        expect(refused(user, build).message).toMatch(/secrets\.bundle\.json is damaged/);
        expect(said(user.pqx(['verify'], { build }).stderr).message).toMatch(/is damaged/);
      }
    });

    const NAMED: readonly (readonly [at: readonly string[], value: unknown, message: RegExp])[] = [
      [['version'], 3, /is not a bundle: .*version/],
      [['version'], '1', /is not a bundle: .*version/],
      [['alg'], 'ML-KEM-767', /is not a bundle: .*alg/],
      [['keywrap', 'kdf'], 'SHA3-257', /is not a bundle: .*kdf/],
      [['keywrap', 'aad'], 'pqc-secrets:v1:keywraq', /is not a bundle: .*aad/],
      [['data', 'aad'], 'pqc-secrets:v1:datb', /is not a bundle: .*aad/],
      [['kem', 'ciphertext_b64'], 'AAAA', /is not a bundle: .*ciphertext_b64/],
      [['kem', 'ciphertext_b64'], '*', /is not a bundle: .*ciphertext_b64/],
      [['keywrap', 'nonce_b64'], 'AAAA', /is not a bundle: .*nonce_b64/],
      [['data', 'ciphertext_b64'], '', /is not a bundle: .*ciphertext_b64/],
      [['data'], null, /is not a bundle: .*data/],
      [['keywrap'], [], /is not a bundle: .*keywrap/],
      [['kem'], undefined, /is not a bundle: .*kem/],
    ];
    test.each(NAMED)('%j as %j', async (at, value, message) => {
      const user = await ready();
      changeJson(file(user, BUNDLE), at, () => value);
      expect(refused(user, build).message).toMatch(message);
    });

    // They are not authenticated, and nothing is decided by them.
    test.each([
      [['engine'], 'x'],
      [['created_utc'], '1970-01-01T00:00:00Z'],
      [['recipient', 'public_key_sha3_256'], '00'],
    ])('%j may say anything', async (at, value) => {
      const user = await ready();
      changeJson(file(user, BUNDLE), at, () => value);
      expect(user.ok(['-p', 't', 'printenv', 'T'], { build }).stdout).toBe(`${VALUE}\n`);
    });

    test.each([0, 1, 0.5, 0.9, 0.999])('cut off at %d of its length', async (part) => {
      const user = await ready();
      const path = file(user, BUNDLE);
      const length = readFileSync(path).length;
      truncateSync(path, part <= 1 && part > 0 && part !== 1 ? Math.floor(length * part) : part);
      expect(refused(user, build).message).toMatch(/is not a bundle: /);
    });

    test.each(['', '[]', 'null', '{}', '{"version":1}', '\u0000', 'version: 1', '{"version":1,"version":1}'])(
      'a file that holds %j',
      async (text) => {
        const user = await ready();
        writeFileSync(file(user, BUNDLE), text);
        expect(refused(user, build).message).toMatch(/is not a bundle: /);
      },
    );
  });

  describe('the identity', () => {
    test.each(['v1', 'v2'] as const)('another one, for a bundle of version %s', async (format) => {
      const user = await ready(format);
      const other = newUser();
      other.ok(['keygen'], { build });
      for (const name of ['private.key.enc', 'machine.kek', 'recipient.pub'])
        copyFileSync(file(other, name), file(user, name));
      const { message } = refused(user, build);
      expect(message).toMatch(/secrets\.bundle\.json is not for this identity: /);
      expect(user.pqx(['verify'], { build }).status).toBe(1);
    });

    test('none', async () => {
      const user = await ready();
      for (const name of ['private.key.enc', 'machine.kek']) rmSync(file(user, name));
      expect(refused(user, build).hint).toMatch(/pqx keygen/);
    });

    test.each(['private.key.enc', 'machine.kek'])('half of one: %s is missing', async (name) => {
      const user = await ready();
      rmSync(file(user, name));
      const { message } = refused(user, build);
      expect(message).toContain(name === 'machine.kek' ? name : 'there is no identity');
    });

    test.each(['private.key.enc', 'machine.kek'])('%s is cut off', async (name) => {
      const user = await ready();
      truncateSync(file(user, name), 7);
      expect(refused(user, build).message).toContain(file(user, name.replace('machine.kek', '')));
    });

    test('private.key.enc with a flipped bit', async () => {
      const user = await ready();
      changeJson(file(user, 'private.key.enc'), ['ciphertext_b64'], (text) => flipped(text, PLACES.middle));
      expect(refused(user, build).message).toContain('private.key.enc');
    });

    test.each(['private.key.enc', 'machine.kek'])('%s that others can read, and the hint', async (name) => {
      const user = await ready();
      chmodSync(file(user, name), 0o644);
      const complaint = refused(user, build);
      expect(complaint.message).toBe(`others can read ${file(user, name)}`);
      mends(user, build, complaint);
    });
  });

  describe('profiles', () => {
    test('a key that the bundle lacks, and the hint', async () => {
      const user = await ready();
      user.write('.config/pqc-secrets/profiles.yaml', PROFILES.replace('GOOD_KEY', 'GOOD_KEZ'));
      const complaint = refused(user, build);
      expect(complaint.message).toContain(
        'the bundle has no key GOOD_KEZ, which T of the profile t grants; the nearest is GOOD_KEY',
      );
      mends(user, build, complaint, 'new');
      expect(user.ok(['-p', 't', 'printenv', 'T'], { build }).stdout).toBe('new\n');
    });

    test('no profile for the command, and the hint', async () => {
      const user = await ready();
      const result = user.pqx(['true'], { build });
      expect(result.status).toBe(125);
      const complaint = said(result.stderr);
      expect(complaint.message).toMatch(/^no profile matches true/);
      user.shell(complaint.hint.split(/ {3}/)[0] ?? '', { build });
      expect(user.pqx(['true'], { build })).toMatchObject({ status: 0, stderr: '' });
    });

    test('an unknown field', async () => {
      const user = await ready();
      const path = user.write('.config/pqc-secrets/profiles.yaml', PROFILES.replace('{ env:', '{ envv:'));
      expect(refused(user, build)).toEqual({
        message: `${path}:3:8: unknown field \`envv\` in profiles.t`,
        hint: 'did you mean env?',
      });
    });

    test('a profile of another name', async () => {
      const user = await ready();
      const complaint = refused(user, build, ['-p', 'tt']);
      expect(complaint).toEqual({ message: 'there is no profile tt', hint: 'did you mean t?' });
    });

    test('a file that others can write, and the hint', async () => {
      const user = await ready();
      chmodSync(file(user, 'profiles.yaml'), 0o666);
      const complaint = refused(user, build);
      expect(complaint.message).toBe(`others can write ${file(user, 'profiles.yaml')}`);
      mends(user, build, complaint);
    });

    test('a named file that is not there', async () => {
      const complaint = refused(await ready(), build, ['--profiles', 'none.yaml', '-p', 't']);
      expect(complaint.message).toMatch(/^there is no profile file at .*\/none\.yaml$/);
    });
  });

  test('no bundle, and the hint', async () => {
    const user = await ready();
    rmSync(file(user, BUNDLE));
    const complaint = refused(user, build);
    expect(complaint.message).toBe(`there is no bundle at ${file(user, BUNDLE)}`);
    const keys = user.write('FILE', 'GOOD_KEY=x\n');
    mends(user, build, complaint);
    rmSync(keys);
  });

  test('a wrong option', async () => {
    expect(refused(await ready(), build, ['--nope']).message).toBe('unknown option --nope');
  });

  test('a command that is not there, or that is no program: 127 and 126', async () => {
    const user = await ready();
    const missing = user.pqx(['-p', 't', 'no-such-program'], { build });
    expect(missing.status).toBe(127);
    expect(said(missing.stderr).message).toContain('no-such-program');
    const path = user.write('not-a-program', 'x', 0o644);
    const plain = user.pqx(['-p', 't', path], { build });
    expect(plain.status).toBe(126);
    expect(said(plain.stderr).message).toContain(path);
  });
});
