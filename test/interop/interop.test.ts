/**
 * Programs in other languages, written from docs/FORMAT.md: each reads every vector as we do, opens what pqx writes, and
 * writes what pqx opens. `test/interop/prepare.sh` makes them; without it they are skipped.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sealV2 } from '../../src/bundle/v2-write.ts';
import { publicKeyOf } from '../../src/crypto/kem.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { identityOf } from '../bundle/store.ts';
import { storeCopy } from '../identity/store-copy.ts';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { bundleFile, ownRecipient, secretsOf } from '../support/v2.ts';
import { CASES, identityNamed, type Outcome, VECTORS } from '../vectors/run.ts';

const PROGRAMS = [
  {
    name: 'Python (cryptography, kyber-py)',
    command: join(root, 'test/interop/python/.venv/bin/python'),
    args: [join(root, 'test/interop/python/pqx_format.py')],
    kinds: ['bundle', 'private key', 'public key', 'known'],
  },
  {
    name: 'Rust (fips203, aes-gcm, sha3)',
    command: join(root, 'test/interop/rust/target/release/pqx-interop'),
    args: [],
    kinds: ['bundle'],
  },
] as const;
type Program = (typeof PROGRAMS)[number];

/** The program's answer to a request. */
function ask<T>({ command, args }: Program, request: unknown): T {
  const answer: T = JSON.parse(
    execFileSync(command, [...args], { input: JSON.stringify(request), encoding: 'utf8' }),
  );
  return answer;
}

function sealedBy(program: Program, request: unknown): string {
  return ask<{ readonly file: string }>(program, request).file;
}

/** Names that mean something to a language, and values that mean something to a shell, a parser or a terminal. */
const VALUES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ANTHROPIC_AUTH_TOKEN: 'made up',
  EMPTY: '',
  PEM: '-----BEGIN MADE UP-----\nx\n-----END MADE UP-----\n',
  QUOTED: `it's "quoted" $HOME \`id\` \\n #`,
  UNICODE: '\ufeffclé-秘密-🔑\u2028',
  __proto__: 'p',
  constructor: 'c',
});
const PAIRS = Object.entries(VALUES).sort(([a], [b]) => (a < b ? -1 : 1));
const LINES = PAIRS.map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`).join('');

async function privateKeyOf(user: User) {
  const { alg, form, bytes } = await loadFileIdentity(user.config);
  return { alg, form, private_key_hex: Buffer.from(bytes).toString('hex') };
}

function recipientOf(user: User) {
  const { alg, label, publicKey } = ownRecipient(user);
  return { alg, label, public_key_hex: Buffer.from(publicKey).toString('hex') };
}

describe.each(PROGRAMS)('$name', (program) => {
  describe.skipIf(!existsSync(program.command))('made by test/interop/prepare.sh', () => {
    test('comes to the same result for every vector', () => {
      const outcomes = ask<readonly (Outcome | null)[]>(program, { do: 'vectors', directory: VECTORS });
      const kinds: readonly string[] = program.kinds;
      let compared = 0;
      for (const [at, vector] of CASES.entries()) {
        if (!kinds.includes(vector.kind)) continue;
        const { result, more } = outcomes[at] ?? {};
        expect([vector.file, result]).toEqual([vector.file, vector.result]);
        if (result === 'opens' && vector.kind === 'bundle') expect(more).toEqual(vector.values);
        if (result === 'opens' && vector.kind === 'private key')
          expect(more).toBe(identityNamed(vector.identity).private_key_hex);
        if (result === 'opens' && vector.kind === 'public key')
          expect(more).toBe(identityNamed(vector.identity).public_key_sha3_256);
        compared += 1;
      }
      expect(compared).toBeGreaterThan(140);
    });

    describe.each(BUILD_NAMES)('and the %s build', (build) => {
      test.each(['v1', 'v2'])('opens what pqx packs as %s', async (format) => {
        const user = newUser();
        user.ok(['keygen'], { build });
        user.ok(['pack', '--bundle-format', format], { build, input: LINES });
        const bundle = readFileSync(bundleFile(user), 'utf8');
        expect(JSON.parse(bundle).version).toBe(format === 'v1' ? 1 : 2);
        expect(ask(program, { do: 'open', identity: await privateKeyOf(user), bundle })).toEqual({
          values: PAIRS,
        });
        const other = newUser();
        other.ok(['keygen'], { build });
        expect(ask(program, { do: 'open', identity: await privateKeyOf(other), bundle })).toEqual({
          failure: 'not for this identity',
        });
      });

      test.each(['v1', 'v1-single', 'v2'])('writes as %s what pqx opens', (format) => {
        const user = newUser();
        user.ok(['keygen'], { build });
        const request = { do: 'seal', format, recipients: [recipientOf(user)], secrets: PAIRS };
        writeFileSync(bundleFile(user), sealedBy(program, request), { mode: 0o600 });
        const printed = user.ok(['export', '--format', 'json'], { build }).stdout;
        expect(Object.entries(JSON.parse(printed))).toEqual(PAIRS);
        const seen = user.ok(['--env', 'X=QUOTED', 'printenv', 'X'], { build }).stdout;
        expect(seen).toBe(`${VALUES['QUOTED']}\n`);
      });

      test('writes for both algorithms what pqx opens with a key of ML-KEM-1024', () => {
        const [user, other] = [newUser(), newUser()];
        user.ok(['keygen', '--alg', 'ML-KEM-1024'], { build });
        other.ok(['keygen'], { build });
        const recipients = [{ ...recipientOf(other), label: 'other' }, recipientOf(user)];
        const request = { do: 'seal', format: 'v2', recipients, secrets: PAIRS };
        writeFileSync(bundleFile(user), sealedBy(program, request), { mode: 0o600 });
        const printed = user.ok(['export', '--format', 'json'], { build }).stdout;
        expect(Object.entries(JSON.parse(printed))).toEqual(PAIRS);
      });

      test('writes for an expanded private key what pqx opens with it', async () => {
        const store = storeCopy('v1-rust-expanded');
        const publicKey = Buffer.from(await publicKeyOf(await identityOf('v1-rust-expanded')));
        const recipients = [{ alg: 'ML-KEM-768', label: 'old', public_key_hex: publicKey.toString('hex') }];
        const env = { PQC_CONFIG_DIR: store };
        for (const format of ['v1', 'v2']) {
          const request = { do: 'seal', format, recipients, secrets: PAIRS };
          const path = join(store, `${format}.json`);
          writeFileSync(path, sealedBy(program, request), { mode: 0o600 });
          const printed = newUser().ok(['--bundle', path, 'export', '--format', 'json'], { build, env });
          expect(Object.entries(JSON.parse(printed.stdout))).toEqual(PAIRS);
        }
      });
    });

    test('opens with an expanded key, and for ML-KEM-1024, what we seal', async () => {
      for (const store of ['v1-rust-expanded', 'v2-mixed-1024-reader']) {
        const key = await identityOf(store);
        const to = [{ alg: key.alg, label: 'me', publicKey: await publicKeyOf(key) }];
        const bundle = new TextDecoder().decode(await sealV2(secretsOf(VALUES), to, new Date()));
        const { alg, form, bytes } = key;
        const identity = { alg, form, private_key_hex: Buffer.from(bytes).toString('hex') };
        expect(ask(program, { do: 'open', identity, bundle })).toEqual({ values: PAIRS });
      }
    });
  });
});
