/** What comes with the call instead of from the config directory: an identity, a passphrase (cli, environment). */
import { closeFile, readSome } from '#system';
import type { PrivateKey } from '../crypto/kem.ts';
import { errnoOf, Fault, isMissing } from '../fault.ts';
import { privateKeyOfText } from '../identity/injected.ts';
import { bytesOfText } from '../platform/bytes.ts';
import { absoluteIn } from '../store/paths.ts';
import { type Policy, readStoreFile } from '../store/read.ts';
import type { World } from '../world.ts';

/** More than any key or passphrase has, in bytes. */
const LIMIT = 64 * 1024;

/**
 * The identity that PQX_IDENTITY, PQX_IDENTITY_FILE or PQX_IDENTITY_FD gives. Never another one instead: whatever is
 * wrong with it is a Fault `identity`, and so is more than one of the three.
 */
export function injectedIdentity(world: World): PrivateKey {
  const source = onlyOne(world, ['PQX_IDENTITY', 'PQX_IDENTITY_FILE', 'PQX_IDENTITY_FD']);
  const text =
    source === 'PQX_IDENTITY' ? bytesOfText(world.env(source) ?? '') : injectedBytes(world, source);
  try {
    return privateKeyOfText(text, source);
  } finally {
    if (source !== 'PQX_IDENTITY_FD') text.fill(0);
  }
}

/** Of names that say the same thing, the one that is set. A Fault `identity` when several are. */
export function onlyOne(world: World, names: readonly string[]): string {
  const [first = '', second] = names.filter((name) => world.env(name) !== undefined);
  if (second === undefined) return first;
  throw new Fault('identity', `${first} and ${second} are both set, and only one can be meant`, {
    hint: `unset ${second}`,
  });
}

/** The bytes of the file or descriptor that the variable names. A descriptor is read once, closed, and remembered. */
export function injectedBytes(world: World, name: string, policy: Policy = 'plain'): Uint8Array {
  const value = world.env(name) ?? '';
  return name.endsWith('_FD') ? fromDescriptor(world, name, value) : fromFile(world, name, value, policy);
}

/** Secrets of containers are readable by all (0444): who can read it is for `doctor` to say. */
function fromFile(world: World, name: string, value: string, policy: Policy): Uint8Array {
  if (value === '') throw new Fault('identity', `${name} is set and empty`, { hint: `unset ${name}` });
  const path = absoluteIn(world.cwd, value);
  try {
    return readStoreFile(path, policy, LIMIT);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('identity', `there is no file ${path}, which ${name} names`, { hint: `unset ${name}` });
  }
}

function fromDescriptor(world: World, name: string, value: string): Uint8Array {
  const heard = world.heard.get(name);
  if (heard !== undefined) return heard;
  const descriptor = /^[0-9]{1,6}$/.test(value) ? Number(value) : -1;
  if (!world.descriptors.includes(descriptor)) {
    throw new Fault('identity', `${name} names no open descriptor above 2`, {
      hint: `${name}=3 pqx … 3< FILE`,
    });
  }
  try {
    const bytes = readAll(descriptor, name);
    world.heard.set(name, bytes);
    return bytes;
  } finally {
    closeFile(descriptor);
  }
}

function readAll(descriptor: number, name: string): Uint8Array {
  const buffer = new Uint8Array(LIMIT);
  for (let length = 0; length < LIMIT; ) {
    const count = readOnce(descriptor, name, buffer.subarray(length));
    if (count === 0) return buffer.subarray(0, length);
    length += count;
  }
  buffer.fill(0);
  throw new Fault('identity', `what ${name} names is longer than any key`, { hint: `unset ${name}` });
}

function readOnce(descriptor: number, name: string, buffer: Uint8Array): number {
  for (;;) {
    try {
      return readSome(descriptor, buffer);
    } catch (cause) {
      const code = errnoOf(cause);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') {
        throw new Fault(
          'identity',
          `the descriptor that ${name} names cannot be read (${code ?? 'unknown error'})`,
          {
            hint: `${name}=3 pqx … 3< FILE`,
            cause,
          },
        );
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/**
 * The inherited descriptors that the target gets: those that a variable names for pqx are closed, whether they were
 * needed or not.
 */
export function descriptorsOfTarget(world: World): readonly number[] {
  const names = ['PQX_IDENTITY_FD', 'PQX_PASSPHRASE_FD'];
  const own = new Map(names.map((name) => [Number(world.env(name) ?? -1), name]));
  return world.descriptors.filter((descriptor) => {
    const name = own.get(descriptor);
    if (name === undefined) return true;
    if (!world.heard.has(name)) closeFile(descriptor);
    return false;
  });
}
