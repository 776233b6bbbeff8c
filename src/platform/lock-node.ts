/**
 * The lock that ends with its process: flock(2). Node cannot call it, but a lock belongs to the open file and not to
 * the process: a helper that inherits our descriptor takes it for us, and it stays when the helper has gone.
 */
import { spawnSync } from 'node:child_process';
import { Fault } from '../fault.ts';
import { systemError } from './caller.ts';

/** util-linux and busybox have `flock`; everything else that pqx runs on has Perl. Statuses: 0 taken, 1 held by another. */
const HELPERS: readonly (readonly [string, ...string[]])[] = [
  ['flock', '-xn', '3'],
  [
    'perl',
    '-e',
    'open(F, "<&=", 3) or exit 2; exit 0 if flock(F, 2 | 4); exit($!{EWOULDBLOCK} || $!{EAGAIN} ? 1 : 2)',
  ],
];

/**
 * Takes the exclusive lock of an open file or directory, for as long as a descriptor of it is open. False when another
 * holds it. Throws EBADF where the file system has no such lock for it, and a Fault where there is no helper.
 */
export function tryLock(descriptor: number): boolean {
  for (const [program, ...args] of HELPERS) {
    const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    if (error !== undefined) continue;
    if (status === 0) return true;
    if (status === 1) return false;
    throw systemError('flock', 'EBADF');
  }
  throw new Fault('store', 'the Node build needs `flock` or `perl` to write safely, and neither was found', {
    hint: 'bin/pqx   is the standalone, which needs neither',
  });
}
