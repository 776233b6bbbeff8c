/** The stores of test/fixtures, read without their modes; and bundles taken apart and put together again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBundle } from '../../src/bundle/open.ts';
import { readBundle } from '../../src/bundle/read.ts';
import type { Secrets } from '../../src/bundle/types.ts';
import { openAead } from '../../src/crypto/aead.ts';
import type { KemAlgorithm, PrivateKey } from '../../src/crypto/kem.ts';
import { aadV1, aadV2 } from '../../src/identity/file-store.ts';
import { privateKeyOf } from '../../src/identity/forms.ts';
import { root } from '../support/programs.ts';

const fixtures = join(root, 'test', 'fixtures');

export function fixture(store: string, file: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(fixtures, store, file)));
}

export function fixtureJson<T>(store: string, file: string): T {
  const parsed: T = JSON.parse(new TextDecoder().decode(fixture(store, file)));
  return parsed;
}

/** The private key of a store whose key is machine.kek. */
export async function identityOf(store: string): Promise<PrivateKey> {
  const file = fixtureJson<{
    readonly version: number;
    readonly alg?: KemAlgorithm;
    readonly nonce_b64: string;
    readonly ciphertext_b64: string;
  }>(store, 'private.key.enc');
  const [nonce, sealed] = [file.nonce_b64, file.ciphertext_b64].map((text) => Buffer.from(text, 'base64'));
  const aad = file.version === 1 ? aadV1() : aadV2(file.alg ?? 'ML-KEM-768');
  const key = await openAead(fixture(store, 'machine.kek'), nonce ?? Buffer.of(), sealed ?? Buffer.of(), aad);
  if (key === undefined) throw new Error(`the private key of ${store} does not open`);
  return privateKeyOf(key, store, file.alg);
}

/** A whole bundle, from its bytes to its values. */
export async function openBytes(bytes: Uint8Array, key: PrivateKey): Promise<Secrets> {
  return openBundle(readBundle(bytes, 'bundle'), key, 'all', 'bundle');
}

/** Values as text, in the order of their names. */
export function texts(secrets: Secrets): readonly (readonly [string, string])[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return [...secrets].map(([name, value]) => [name, decoder.decode(value)] as const).sort(byName);
}

/** The same of a fixture's `expected.json`. */
export function expectedOf(store: string): readonly (readonly [string, string])[] {
  return Object.entries(fixtureJson<Record<string, string>>(store, 'expected.json')).sort(byName);
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
