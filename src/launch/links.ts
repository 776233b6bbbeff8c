/**
 * Fixed paths of config files (`at`): a symbolic link to the file in memory for as long as a target runs. Several launches
 * may want the same path: those whose bytes are the same share the file, by a hard link each, and the last one out
 * removes the link. All of it under the lock of `pqx-<uid>`.
 */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { namesIn } from '#trap';
import { Fault, printable } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { withLock } from '../store/lock.ts';
import { filesIn, LINKS, recordOf } from './memory.ts';
import { ROLES, stateOf } from './users.ts';

/** What of a file is at a fixed path. Both are absolute. */
export interface Link {
  readonly link: string;
  /** In the private directory of its launch. */
  readonly path: string;
}

/** What stands at a fixed path. */
export type Standing =
  | { readonly kind: 'nothing' | 'other' }
  | { readonly kind: 'file' }
  | { readonly kind: 'link'; readonly to: string };

const OURS = /^(\/.*\/pqx-\d+\/[0-9a-f]{16,64})\/files\/[^/]+$/s;

export function standingAt(path: string): Standing {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { kind: 'nothing' };
  if (stat.isSymbolicLink()) return { kind: 'link', to: readlinkSync(path) };
  return { kind: stat.isFile() ? 'file' : 'other' };
}

/**
 * Makes the links of a launch, whose files are laid, after all that can refuse it. `keyOf` names the key that a regular
 * file in the way belongs under. Faults `launch`: something is in the way, or another launch has other content there.
 */
export async function makeLinks(
  directory: string,
  links: readonly Link[],
  keyOf: (link: Link) => string | undefined,
): Promise<void> {
  await withLock(parentOf(directory), async () => {
    writeFileSync(`${directory}/${LINKS}`, JSON.stringify(links), { mode: 0o600, flag: 'wx' });
    const joined = links.map((link) => judge(link, keyOf(link)));
    links.forEach((link, index) => {
      const other = joined[index];
      if (other === undefined) point(link.link, link.path);
      else share(other, link.path);
    });
  });
}

/**
 * Takes back the links of a launch that has ended: what points to its files is given to another launch that shares them,
 * or removed. What else stands there is left as it is. Never throws: it is for those who cannot tell anybody.
 */
export async function takeBackLinks(directory: string): Promise<void> {
  const links = recordedLinks(directory);
  if (links.length === 0) return;
  try {
    await withLock(parentOf(directory), async () => {
      for (const { link, path } of links) {
        const standing = standingAt(link);
        if (standing.kind === 'link' && standing.to === path) handOver(directory, link);
      }
    });
  } catch {
    // The link stays and points nowhere: the next launch knows it as ours.
  }
}

/** Removes what stands at the link's path, a tool's own file, once it is saved. */
export async function replaceByLink(
  directory: string,
  { link, path }: Link,
  content: Uint8Array,
): Promise<void> {
  await withLock(parentOf(directory), async () => {
    // Others share the file, and find in it what the tool wrote.
    writeFileSync(path, content);
    handOver(directory, link);
  });
}

function handOver(directory: string, link: string): void {
  const other = othersAt(directory, link);
  if (other === undefined) unlinkSync(link);
  else point(link, other);
}

/** The file of another launch that lives and wants this path too. */
function othersAt(directory: string, link: string): string | undefined {
  const parent = parentOf(directory);
  for (const name of namesIn(parent)) {
    const other = `${parent}/${name}`;
    if (other === directory || pidOfUser(other) === undefined) continue;
    const path = recordedLinks(other).find((candidate) => candidate.link === link)?.path;
    if (path !== undefined && standingAt(path).kind === 'file') return path;
  }
  return undefined;
}

/** The file of the launch that this one joins; undefined when the place is free. */
function judge({ link, path }: Link, key: string | undefined): string | undefined {
  const standing = standingAt(link);
  switch (standing.kind) {
    case 'nothing':
      return undefined;
    case 'file':
      throw inTheWay(link, key);
    case 'other':
      throw new Fault('launch', `${printable(link)} is in the way, and is no file`, {
        hint: `ls -ld ${shellWord(link)}`,
      });
    case 'link':
      return judgeLink(link, standing.to, path);
  }
}

function judgeLink(link: string, to: string, path: string): string | undefined {
  const directory = OURS.exec(to)?.[1];
  if (directory === undefined) {
    throw new Fault('launch', `${printable(link)} is a symbolic link that pqx has not made`, {
      hint: `readlink ${shellWord(link)}; rm ${shellWord(link)}`,
    });
  }
  const pid = pidOfUser(directory);
  // A crash left it: nobody is there to be disturbed.
  if (pid === undefined || standingAt(to).kind !== 'file') return undefined;
  if (readFileSync(to).equals(readFileSync(path))) return to;
  throw new Fault('launch', `another launch (pid ${pid}) has other content at ${printable(link)}`, {
    hint: `ps -p ${pid}   shows it; when it has ended the path is free`,
  });
}

function inTheWay(link: string, key: string | undefined): Fault {
  const name = key ?? 'KEY';
  return new Fault('launch', `${printable(link)} is a regular file, with what is secret in it on the disk`, {
    hint: `pqx set ${name} --exact < ${shellWord(link)} && rm ${shellWord(link)}   moves it into the bundle`,
  });
}

/** A pid of the private directory's launch, as long as it has one that lives. */
function pidOfUser(directory: string): number | undefined {
  return ROLES.filter((role) => role !== 'guard')
    .flatMap((role) => recordOf(directory, role) ?? [])
    .find((user) => stateOf(user) !== 'gone')?.pid;
}

function point(link: string, to: string): void {
  const parent = parentOf(link);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const fresh = `${parent}/.pqx-${to.split('/').at(-3) ?? ''}`;
  symlinkSync(to, fresh);
  renameSync(fresh, link);
}

function share(from: string, path: string): void {
  unlinkSync(path);
  linkSync(from, path);
}

export function recordedLinks(directory: string): readonly Link[] {
  try {
    const links: readonly Link[] = JSON.parse(readFileSync(`${directory}/${LINKS}`, 'utf8'));
    return links.filter(({ path }) => path.startsWith(`${filesIn(directory)}/`));
  } catch {
    return [];
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
