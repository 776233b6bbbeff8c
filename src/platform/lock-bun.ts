/** The lock that ends with its process: flock(2), by the C library. `lock-node.ts` has the same function. */

import { systemError } from './caller.ts';
import { errnoName } from './errno.ts';
import { dlopen, read } from './ffi-bun.ts';

/**
 * Takes the exclusive lock of an open file or directory, for as long as a descriptor of it is open. False when another
 * holds it. Throws the system's error otherwise: EBADF or ENOLCK where the file system has no such lock for it.
 */
export function tryLock(descriptor: number): boolean {
  const darwin = process.platform === 'darwin';
  const library = darwin ? 'libSystem.dylib' : 'libc.so.6';
  const { symbols } = dlopen(library, { flock: { args: ['i32', 'i32'], returns: 'i32' } });
  const exclusiveAtOnce = 2 | 4;
  if (symbols.flock(descriptor, exclusiveAtOnce) === 0) return true;
  const code = darwin ? lastErrorOnDarwin() : lastErrorOnLinux();
  if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') return false;
  throw systemError('flock', code);
}

function lastErrorOnLinux(): string {
  const { symbols } = dlopen('libc.so.6', { __errno_location: { args: [], returns: 'ptr' } });
  const location = symbols.__errno_location();
  return location === null ? 'EIO' : errnoName(read.i32(location), 'linux');
}

function lastErrorOnDarwin(): string {
  const { symbols } = dlopen('libSystem.dylib', { __error: { args: [], returns: 'ptr' } });
  const location = symbols.__error();
  return location === null ? 'EIO' : errnoName(read.i32(location), 'darwin');
}
