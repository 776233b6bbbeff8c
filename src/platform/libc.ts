/**
 * The C library, through bun:ffi: what a launcher needs of the system and the runtime does not offer, or offers only
 * with more start-up time. Bun only.
 */

import { bytesOfText, encoder, hasRawBytes } from './bytes.ts';
import { systemError } from './caller.ts';
import { errnoName } from './errno.ts';
import { CString, dlopen, type Pointer, ptr, read } from './ffi-bun.ts';

const LIBRARY = process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6';
const I = 'i32';
const P = 'ptr';
const N = 'u64';
const L = 'i64';

export type Libc = NonNullable<typeof libc>;

/** Undefined where the runtime cannot compile the calls: a limit of address space takes its JIT away. */
export const libc = load();

function load() {
  try {
    const { symbols } = dlopen(LIBRARY, {
      execve: { args: [P, P, P], returns: I },
      faccessat: { args: [I, P, I, I], returns: I },
      realpath: { args: [P, P], returns: P },
      getcwd: { args: [P, N], returns: P },
      open: { args: [P, I, I], returns: I },
      read: { args: [I, P, N], returns: L },
      write: { args: [I, P, N], returns: L },
      close: { args: [I], returns: I },
      isatty: { args: [I], returns: I },
      fcntl: { args: [I, I, I], returns: I },
      signal: { args: [I, N], returns: P },
    });
    return { ...symbols, ...platformSymbols() };
  } catch {
    return undefined;
  }
}

function platformSymbols() {
  if (process.platform === 'darwin') {
    const { symbols } = dlopen('libSystem.dylib', {
      __error: { args: [], returns: P },
      getrlimit: { args: [I, P], returns: I },
      setrlimit: { args: [I, P], returns: I },
    });
    return { errnoLocation: symbols.__error, linux: undefined, darwin: symbols };
  }
  const { symbols } = dlopen('libc.so.6', {
    __errno_location: { args: [], returns: P },
    getdents64: { args: [I, P, N], returns: L },
    statx: { args: [I, P, I, 'u32', P], returns: I },
    prctl: { args: [I, N, N, N, N], returns: I },
    prlimit: { args: [I, I, P, P], returns: I },
  });
  return { errnoLocation: symbols.__errno_location, linux: symbols, darwin: undefined };
}

/** Calls that hardly any launch makes: each costs a hundredth of the start of the runtime. To be asked for once. */
export function rareCalls() {
  const { symbols } = dlopen(LIBRARY, {
    pipe: { args: [P], returns: I },
    dup2: { args: [I, I], returns: I },
    readlink: { args: [P, P, N], returns: L },
    sigprocmask: { args: [I, P, P], returns: I },
    kill: { args: [I, I], returns: I },
    fexecve: { args: [I, P, P], returns: I },
  });
  return symbols;
}

/**
 * The path that execve(2) was given for this process (AT_EXECFN of getauxval(3)): argv[0] is whatever the caller likes.
 * Undefined where there is no such call. Apart from the other calls, since hardly any start asks.
 */
export function executedPath(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const { symbols } = dlopen('libc.so.6', { getauxval: { args: [N], returns: P } });
    const executedName = 31n;
    const path = symbols.getauxval(executedName);
    return path === null ? undefined : new CString(path).toString();
  } catch {
    return undefined;
  }
}

/**
 * Memory that calls share, each for itself: what one has answered is good until the next. Arrays of their own, in as many
 * sizes as there are paths, cost the engine more than the calls.
 */
export const answer = new Uint8Array(16_384);
/** In words of 32 bits: every platform that is supported has the low byte first. */
export const answerWords = new Uint32Array(answer.buffer);
export const answerAt = ptr(answer);
const path = new Uint8Array(4096);
const pathAt = ptr(path);

/** A byte text as a C string for one call, which takes no other such string. */
export function cPath(text: string): Pointer {
  if (3 * text.length >= path.length || hasRawBytes(text)) return ptr(cString(text));
  path[encoder.encodeInto(text, path).written] = 0;
  return pathAt;
}

/** The name of the last failure on this thread: to be asked right after the call that failed. */
export function lastError(c: Libc): string {
  const location = c.errnoLocation();
  return location === null ? 'E0' : errnoName(read.i32(location), process.platform);
}

/** A byte text as a C string, with its NUL; there may be room behind it. */
export function cString(text: string): Uint8Array {
  if (hasRawBytes(text)) return Uint8Array.of(...bytesOfText(text), 0);
  // UTF-8 takes at most three bytes for each unit of UTF-16.
  const string = new Uint8Array(3 * text.length + 1);
  encoder.encodeInto(text, string);
  return string;
}

/** A vector of C strings as execve(2) takes it. Both parts must stay referenced until the call. */
export interface CVector {
  readonly pointers: Uint32Array;
  readonly block: Uint8Array;
}

export function cVector(strings: readonly Uint8Array[]): CVector {
  let size = 1;
  for (const string of strings) size += string.length + 1;
  const block = new Uint8Array(size);
  // Two halves of 32 bits for each pointer, low one first on all platforms that are supported; the last pointer is null.
  const pointers = new Uint32Array(2 * (strings.length + 1));
  const base = Number(ptr(block));
  let at = 0;
  let index = 0;
  for (const string of strings) {
    block.set(string, at);
    const low = (base + at) % 0x1_0000_0000;
    pointers[index] = low;
    pointers[index + 1] = (base + at - low) / 0x1_0000_0000;
    at += string.length + 1;
    index += 2;
  }
  return { pointers, block };
}

/** The bytes before the first NUL. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/**
 * The whole of a file, whatever size it claims to have (files under /proc claim 0), good until the next call of the C
 * library. Throws the system's error; a file of more than `limit` bytes is EFBIG.
 */
export function readWholeFile(c: Libc, path: string, limit: number): Uint8Array {
  const descriptor = openForReading(c, path);
  try {
    let bytes = answer;
    let length = 0;
    for (;;) {
      if (length === bytes.length) bytes = larger(bytes);
      const count = readInto(c, descriptor, bytes.subarray(length));
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length > limit) throw systemError('read', 'EFBIG', path);
    }
  } finally {
    c.close(descriptor);
  }
}

/** With O_CLOEXEC, and `flags`. Throws the system's error. */
export function openForReading(c: Libc, path: string, flags = 0): number {
  const descriptor = tryOpenForReading(c, path, flags);
  if (typeof descriptor === 'string') throw systemError('open', descriptor, path);
  return descriptor;
}

/** The same; the system's error name when it cannot be opened. */
export function tryOpenForReading(c: Libc, path: string, flags = 0): number | string {
  const closeOnExec = process.platform === 'darwin' ? 0x1000000 : 0o2000000;
  const descriptor = c.open(cPath(path), closeOnExec | flags, 0);
  return descriptor < 0 ? lastError(c) : descriptor;
}

/** At most the buffer's length, which must not be 0; 0 at the end. Throws the system's error. */
export function readInto(c: Libc, descriptor: number, buffer: Uint8Array): number {
  for (;;) {
    const count = Number(c.read(descriptor, ptr(buffer), buffer.length));
    if (count >= 0) return count;
    const code = lastError(c);
    if (code !== 'EINTR') throw systemError('read', code);
  }
}

/** At least 1 byte of `bytes`, which must not be empty. Throws the system's error (EAGAIN, EPIPE, …). */
export function writeFrom(c: Libc, descriptor: number, bytes: Uint8Array): number {
  for (;;) {
    const count = Number(c.write(descriptor, ptr(bytes), bytes.length));
    if (count >= 0) return count;
    const code = lastError(c);
    if (code !== 'EINTR') throw systemError('write', code);
  }
}

function larger(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length * 4);
  copy.set(bytes);
  return copy;
}
