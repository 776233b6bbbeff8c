/** A private directory whose target is a child of pqx: who is who in it, and its removal. */
import { isThere } from '#system';
import { removeEmptyDirectory, removeTree, smallFile } from '#trap';
import { bytesOfText } from '../platform/bytes.ts';
import { LINKS, recorded, writeNew } from './memory.ts';
import { ownGroup, userOf } from './users.ts';

const STARTING = 'starting';

/** To be called before the target is started: from here on it may live while nobody has recorded it yet. */
export function markStarting(directory: string): void {
  writeNew(`${directory}/${STARTING}`, 0o600, bytesOfText(`${ownGroup() ?? 0}\n`));
}

/** The process group in which a target is about to be, or already is. */
export function startingGroup(directory: string): number | undefined {
  const text = smallFile(`${directory}/${STARTING}`);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** As soon as the target has a number. */
export function recordTarget(directory: string, pid: number): void {
  const target = userOf(pid);
  if (target !== undefined) recorded(directory, 'target', target);
}

/** The links that point into it, then all of it, then the directory around it if that was the last. */
export async function removePrivate(directory: string): Promise<void> {
  if (isThere(`${directory}/${LINKS}`)) await (await import('./links.ts')).takeBackLinks(directory);
  removeTree(directory);
  removeEmptyDirectory(directory.slice(0, directory.lastIndexOf('/')));
}
