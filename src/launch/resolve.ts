/**
 * Finds the program that a typed COMMAND names, as execvp(3) does: the elements of PATH in order, an empty one standing
 * for the working directory, the first file that may be executed; with a slash in it COMMAND is a path. pqx itself is
 * passed over, so that a wrapper of pqx's that stands first in PATH finds the real tool behind it.
 */
import { currentUser, factsOf, mayExecute, ownFiles, realPath } from '#system';
import { Fault, printable } from '../fault.ts';
import { ownNameOf } from '../own-name.ts';
import type { FoundCommand } from '../profile/types.ts';
import { shellWord } from '../quote.ts';
import { directoryOf } from '../store/paths.ts';
import { isInsideClone } from './clone.ts';

/** What execvp(3) searches when PATH is not set: confstr(_CS_PATH) of glibc. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** What stands in the way of starting the program, and the file or directory that it is about. */
export interface Obstacle {
  readonly kind: 'missing' | 'unreachable' | 'directory' | 'special' | 'denied' | 'itself' | 'writable';
  readonly culprit: string;
}

export interface ResolvedCommand extends FoundCommand {
  /** What execve(2) is to be given: as execvp(3) would spell it, since a script sees the spelling in `$0`. */
  readonly spelling: string;
  readonly obstacle: Obstacle | undefined;
}

/**
 * `typed`, `PATH`, `cwd` and `home` are byte texts; `cwd` is absolute. Spellings of `passOver` are taken for pqx itself. Throws nothing: what is wrong with the program
 * stands in `obstacle`, and `obstacleFault` makes the failure of it.
 */
export function findCommand(
  typed: string,
  PATH: string | undefined,
  cwd: string,
  home: string | undefined,
  passOver: readonly string[] = [],
): ResolvedCommand {
  const own = identitiesOf(ownFiles());
  if (typed.includes('/')) {
    const path = absolutePath(typed, cwd);
    return { typed, path, through: 'typed', spelling: typed, obstacle: obstacleOf(typed, own) };
  }
  // execvp(3) goes on after what it may not execute: that counts only when nothing else is found.
  let second: Obstacle | undefined;
  for (const element of typed === '' ? [] : (PATH ?? DEFAULT_PATH).split(':')) {
    const spelling = element === '' ? typed : `${element}/${typed}`;
    const obstacle = passOver.includes(spelling)
      ? ({ kind: 'itself', culprit: spelling } as const)
      : obstacleOf(spelling, own);
    if (obstacle === undefined || obstacle.kind === 'writable') {
      const through = element.startsWith('/') && !isInsideClone(element, cwd, home) ? 'path' : 'inside';
      return { typed, path: absolutePath(spelling, cwd), through, spelling, obstacle };
    }
    if (obstacle.kind !== 'missing' && obstacle.kind !== 'unreachable') second ??= obstacle;
  }
  return {
    typed,
    path: undefined,
    through: 'path',
    spelling: typed,
    obstacle: second ?? { kind: 'missing', culprit: typed },
  };
}

/**
 * The failure that an obstacle is, or undefined when there is none. Codes: `not-found` (status 127), `not-executable`
 * (126), `unsafe` and `launch` (125).
 */
export function obstacleFault(found: ResolvedCommand): Fault | undefined {
  if (found.obstacle === undefined) return undefined;
  const { kind, culprit } = found.obstacle;
  const name = printable(culprit);
  switch (kind) {
    case 'missing':
      return new Fault('not-found', `${name}: command not found`, {
        hint: found.typed.includes('/') ? `ls -ld ${shellWord(culprit)}` : `command -v ${shellWord(culprit)}`,
      });
    case 'unreachable':
      return new Fault('not-executable', `${name} cannot be reached`, {
        hint: `ls -ld ${shellWord(culprit)}`,
      });
    case 'directory':
      return new Fault('not-executable', `${name} is a directory`, { hint: `ls ${shellWord(culprit)}` });
    case 'special':
      return new Fault('not-executable', `${name} is not a regular file`, {
        hint: `ls -ld ${shellWord(culprit)}`,
      });
    case 'denied':
      return new Fault('not-executable', `${name} may not be executed`, {
        hint: `chmod +x ${shellWord(culprit)}`,
      });
    case 'itself':
      return new Fault('launch', `${name} is pqx itself, which would start itself again`, {
        hint: 'pqx COMMAND   with the name of another program',
      });
    case 'writable':
      return new Fault('unsafe', `others can write ${name}, and so put another program there`, {
        hint: `chmod go-w ${shellWord(culprit)}`,
      });
  }
}

function obstacleOf(spelling: string, own: ReadonlySet<string>): Obstacle | undefined {
  const facts = factsOf(spelling);
  if (facts === 'ENOENT') return { kind: 'missing', culprit: spelling };
  if (typeof facts === 'string')
    return { kind: facts === 'EACCES' ? 'denied' : 'unreachable', culprit: spelling };
  if (facts.kind === 'directory') return { kind: 'directory', culprit: spelling };
  if (facts.kind === 'other') return { kind: 'special', culprit: spelling };
  if (!mayExecute(spelling)) return { kind: 'denied', culprit: spelling };
  if (own.has(facts.identity)) return { kind: 'itself', culprit: spelling };
  const real = realPath(spelling) ?? spelling;
  // A link of another name that leads to a pqx is a shim, of this installation or of another one.
  if (ownNameOf(real) !== undefined && ownNameOf(spelling) === undefined)
    return { kind: 'itself', culprit: spelling };
  if (othersCanWrite(facts)) return { kind: 'writable', culprit: spelling };
  const directory = directoryOf(real);
  const around = factsOf(directory);
  const replaceable =
    typeof around !== 'string' && (around.mode & 0o002) !== 0 && (around.mode & 0o1000) === 0;
  return replaceable ? { kind: 'writable', culprit: directory } : undefined;
}

/** Group-writable is what a umask of 002 makes of every file: then the group holds its user alone. */
function othersCanWrite(facts: { readonly mode: number; readonly gid: number }): boolean {
  if ((facts.mode & 0o002) !== 0) return true;
  const { uid, gid } = currentUser();
  const own = facts.gid === 0 || (facts.gid === gid && gid === uid);
  return (facts.mode & 0o020) !== 0 && !own;
}

function identitiesOf(paths: readonly string[]): ReadonlySet<string> {
  const identities = new Set<string>();
  for (const path of paths) {
    const facts = factsOf(path);
    if (typeof facts !== 'string') identities.add(facts.identity);
  }
  return identities;
}

/**
 * Absolute and without `.` and empty parts, symbolic links not followed. Only before a `..` they are: the parent of a
 * link's target is not the parent of the link, and a pattern must not match a path that leads elsewhere.
 */
function absolutePath(path: string, cwd: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      parts.push(part);
      continue;
    }
    const real = realPath(`/${parts.join('/')}`);
    if (real !== undefined) parts.splice(0, parts.length, ...real.split('/').slice(1));
    parts.pop();
  }
  return `/${parts.join('/')}`;
}
