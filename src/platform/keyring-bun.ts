/**
 * The kernel's keyring of this user (keyrings(7)): small secrets in kernel memory, with a time limit. Linux alone.
 * `keyring-node.ts` has the same functions. The C library wraps none of these calls, so they are made by number.
 */

import { systemError } from './caller.ts';
import { errnoName } from './errno.ts';
import { dlopen, ptr, read } from './ffi-bun.ts';
import { cString } from './libc.ts';

interface Calls {
  readonly add: number;
  readonly control: number;
}
const CALLS: Readonly<Record<string, Calls>> = {
  x64: { add: 248, control: 250 },
  arm64: { add: 217, control: 219 },
};

/** Operations of keyctl(2). */
const OP = {
  revoke: 3,
  setPermissions: 5,

  link: 8,
  unlink: 9,
  search: 10,
  read: 11,
  timeout: 15,
};

const PROCESS_KEYRING = -2;
const USER_KEYRING = -4;

/** Everything for the user, and nothing for whoever merely holds it, as another user does in a session that sudo began. */
const THIS_USER_ALONE = 0x003f0000;

/** More than the payload of a key has here, in bytes. */
const PAYLOAD_LIMIT = 256;

/** Why there is no keyring to be had here; undefined where there is one. */
export function noKeyring(): string | undefined {
  try {
    search(keyring(), 'pqx');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no such calls';
  }
}

/**
 * Keeps `payload` under that name, in the place of what is kept under it, for `seconds`. The caller wipes his copy. Throws
 * the system's error.
 */
export function keepKey(name: string, payload: Uint8Array, seconds: number): void {
  const call = keyring();
  // In this process's own keyring until its permissions and its limit are set: nobody finds it before.
  const key = call('add', [cString('user'), cString(name), payload, payload.length, PROCESS_KEYRING]);
  call('control', [OP.setPermissions, key, THIS_USER_ALONE]);
  call('control', [OP.timeout, key, seconds]);
  call('control', [OP.link, key, USER_KEYRING]);
}

/** What is kept under that name, to be wiped; undefined when nothing is, or when there is no keyring. */
export function keptKey(name: string): Uint8Array | undefined {
  try {
    const call = keyring();
    const key = search(call, name);
    if (key === undefined) return undefined;
    const buffer = new Uint8Array(PAYLOAD_LIMIT);
    const length = call('control', [OP.read, key, buffer, buffer.length]);
    return length > buffer.length ? undefined : buffer.subarray(0, length);
  } catch {
    return undefined;
  }
}

/** Destroys what is kept under that name; false when nothing is. Throws the system's error. */
export function forgetKey(name: string): boolean {
  const call = keyring();
  const key = search(call, name);
  if (key === undefined) return false;
  call('control', [OP.revoke, key]);
  call('control', [OP.unlink, key, USER_KEYRING]);
  return true;
}

type Call = (which: keyof Calls, args: readonly (number | Uint8Array)[]) => number;

/** Throws ENOSYS where the system has no keyring, and what a filter of system calls answers. */
function keyring(): Call {
  const numbers = process.platform === 'linux' ? CALLS[process.arch] : undefined;
  if (numbers === undefined) throw systemError('keyctl', 'ENOSYS');
  const { symbols } = dlopen('libc.so.6', {
    syscall: { args: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64'], returns: 'i64' },
    __errno_location: { args: [], returns: 'ptr' },
  });
  return (which, args) => {
    const numeric = args.map((argument) => (typeof argument === 'number' ? argument : Number(ptr(argument))));
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = numeric;
    const answer = Number(symbols.syscall(numbers[which], a, b, c, d, e));
    if (answer >= 0) return answer;
    const location = symbols.__errno_location();
    throw systemError('keyctl', location === null ? 'EIO' : errnoName(read.i32(location), 'linux'));
  };
}

function search(call: Call, name: string): number | undefined {
  try {
    return call('control', [OP.search, USER_KEYRING, cString('user'), cString(name)]);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** No such key, or one that was revoked or whose time is over. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(ENOKEY|EKEYEXPIRED|EKEYREVOKED)$/.test(String(error.code))
  );
}
