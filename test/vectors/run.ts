/** Reads every vector of this directory and prints what came of each, in the order of `cases.json`, as one line of JSON. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBundle } from '../../src/bundle/open.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { hexEncode } from '../../src/crypto/encoding.ts';
import { sha3_256 } from '../../src/crypto/hash.ts';
import type { KemAlgorithm, PrivateKey } from '../../src/crypto/kem.ts';
import { Fault } from '../../src/fault.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { judge } from '../../src/identity/known.ts';
import { readRecipient } from '../../src/identity/recipient.ts';
import { readKnown } from '../../src/store/known-file.ts';
import { texts } from '../bundle/store.ts';

interface Identity {
  readonly alg: KemAlgorithm;
  readonly form: PrivateKey['form'];
  readonly private_key_hex: string;
  readonly public_key_sha3_256: string;
}

export interface Case {
  readonly file: string;
  readonly kind: 'bundle' | 'private key' | 'public key' | 'known';
  readonly result: string;
  readonly what: string;
  readonly identity?: string;
  readonly values?: readonly (readonly [string, string])[];
  readonly opens_alone?: readonly string[];
  readonly path?: string;
  readonly bundle?: string;
}

/** What a case came to; `more` is what else its kind gives. */
export interface Outcome {
  readonly result: string;
  readonly more?: unknown;
}

export const VECTORS = fileURLToPath(new URL('.', import.meta.url));
export const CASES: readonly Case[] = json('cases.json');
const IDENTITIES: Readonly<Record<string, Identity>> = json('identities.json');

function json<T>(name: string): T {
  const parsed: T = JSON.parse(readFileSync(join(VECTORS, name), 'utf8'));
  return parsed;
}

export function identityNamed(name: string | undefined): Identity {
  const identity = IDENTITIES[name ?? ''];
  if (identity === undefined) throw new Error(`there is no identity ${name}`);
  return identity;
}

function keyOf(name: string | undefined): PrivateKey {
  const { alg, form, private_key_hex: hex } = identityNamed(name);
  return { alg, form, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) };
}

export async function outcomeOf(vector: Case): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'pqx-vector-'));
  try {
    return await read(vector, directory);
  } catch (error) {
    if (!(error instanceof Fault)) return { result: `defect: ${error}` };
    return { result: nameOf(error, vector) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function read(vector: Case, directory: string): Promise<Outcome> {
  const path = join(VECTORS, vector.file);
  switch (vector.kind) {
    case 'bundle': {
      const bundle = readBundle(readFileSync(path), 'F');
      const key = keyOf(vector.identity);
      for (const name of vector.opens_alone ?? []) await openBundle(bundle, key, [name], 'F');
      return { result: 'opens', more: texts(await openBundle(bundle, key, 'all', 'F')) };
    }
    case 'private key': {
      place(path, directory, 'private.key.enc');
      place(join(VECTORS, 'keys', 'machine.kek'), directory, 'machine.kek');
      return { result: 'opens', more: hexEncode((await loadFileIdentity(directory)).bytes) };
    }
    case 'public key':
      return { result: 'opens', more: hexEncode(sha3_256(readRecipient(path).publicKey)) };
    case 'known': {
      place(path, directory, 'known.json');
      const bundle = readBundle(readFileSync(join(VECTORS, vector.bundle ?? '')), 'F');
      const seen = bundle.format === 'v2' ? bundle : undefined;
      const known = readKnown(directory);
      return { result: judge(known, keyOf(vector.identity), vector.path ?? '', seen).kind };
    }
  }
}

/** Version control keeps no 0600. */
function place(from: string, directory: string, name: string): void {
  copyFileSync(from, join(directory, name));
  chmodSync(join(directory, name), 0o600);
}

/** The words of FORMAT for a failure, as they stand in the message that a user sees. */
function nameOf(fault: Fault, { kind }: Case): string {
  const words = ['not a bundle', 'not for this identity', 'damaged or tampered with', 'cannot be used'];
  if (kind === 'known') return fault.message.includes('is damaged') ? 'damaged' : fault.message;
  return words.find((name) => fault.message.includes(name)) ?? fault.message;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcomes: Outcome[] = [];
  for (const vector of CASES) outcomes.push(await outcomeOf(vector));
  console.log(JSON.stringify(outcomes));
}
