/** `private.key.enc` under a passphrase: its `kdf` member, and the key that it says how to make (FORMAT, version 2). */
import { type Argon2Parameters, argon2id } from '../crypto/argon2.ts';
import { base64Encode } from '../crypto/encoding.ts';
import { randomBytes } from '../crypto/random.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { base64Field, broken } from './json.ts';

/** Says the passphrase of the file, from wherever it comes. The bytes stay the caller's. */
export type AskPassphrase = (file: string) => Promise<Uint8Array>;

/** What a reader takes, so that a file that was tampered with cannot exhaust the machine. */
const BOUNDS = { m_kib: [19_456, 1_048_576], t: [2, 16], p: [1, 16] } as const;
const SALT_SIZE = 16;
const MEMBERS = ['name', 'salt_b64', ...Object.keys(BOUNDS)];

/** The parameters in a `kdf` member whose name is `argon2id`. A Fault `identity` for what is not as FORMAT has it. */
export function argon2Of(kdf: Readonly<Record<string, unknown>>, file: string): Argon2Parameters {
  if (Object.keys(kdf).some((name) => !MEMBERS.includes(name)))
    throw broken(file, 'field kdf has an unknown member');
  const number = (name: keyof typeof BOUNDS) => {
    const value = kdf[name];
    const [least, most] = BOUNDS[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw broken(file, `field kdf.${name} is no number from ${least} to ${most}`);
  };
  return {
    salt: base64Field(new Map(Object.entries(kdf)), 'salt_b64', file, SALT_SIZE),
    memoryKib: number('m_kib'),
    passes: number('t'),
    lanes: number('p'),
  };
}

/** A fresh salt, and the second recommended choice of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes. */
export function newArgon2(): Argon2Parameters {
  return { salt: randomBytes(SALT_SIZE), memoryKib: 65_536, passes: 3, lanes: 4 };
}

/** The `kdf` member, its members in canonical order. */
export function kdfMember({ salt, memoryKib, passes, lanes }: Argon2Parameters) {
  return { m_kib: memoryKib, name: 'argon2id', p: lanes, salt_b64: base64Encode(salt), t: passes };
}

/** The 32 bytes under which the private key is encrypted. A Fault `identity` for a passphrase that is empty or not UTF-8. */
export async function kekOfPassphrase(
  passphrase: Uint8Array,
  parameters: Argon2Parameters,
): Promise<Uint8Array> {
  const composed = inNfc(passphrase);
  try {
    return await argon2id(composed, parameters);
  } finally {
    wipe(composed);
  }
}

/** The same letter may be typed composed or decomposed. */
function inNfc(passphrase: Uint8Array): Uint8Array {
  if (passphrase.length === 0) throw new Fault('identity', 'the passphrase is empty');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(passphrase);
    return new TextEncoder().encode(text.normalize('NFC'));
  } catch (cause) {
    throw new Fault('identity', 'the passphrase is not UTF-8', { cause });
  }
}
