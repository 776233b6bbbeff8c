/** Removes directories of config files none of whose users lives: what is left when a guard was killed too. */
import { factsOf } from '#system';
import { namesIn, smallFile } from '#trap';
import { removePrivate } from './held.ts';
import { ownDirectory, recordOf, strangerIn } from './memory.ts';
import { ROLES, stateOf } from './users.ts';

export interface Swept {
  readonly removed: number;
  readonly used: number;
  /** Of other pid namespaces, as of a container that shares the place: nothing is known of their users. */
  readonly elsewhere: number;
  /** One that could not be removed. */
  readonly stuck?: string;
}

/**
 * What is this user's in one place (an absolute path), but for `used`, which the caller knows to be in use. Nothing in a
 * directory of another user is touched.
 */
export async function sweep(place: string, uid: number, used?: string): Promise<Swept> {
  const own = ownDirectory(place, uid);
  const counts = { removed: 0, used: 0, elsewhere: 0 };
  if (strangerIn(own, uid) !== undefined) return counts;
  let stuck: string | undefined;
  for (const name of namesIn(own)) {
    const what = `${own}/${name}` === used ? 'used' : lookAt(own, name);
    if (what !== 'gone') counts[what] += 1;
    else if (await remove(`${own}/${name}`)) counts.removed += 1;
    else stuck = `${own}/${name}`;
  }
  return { ...counts, ...(stuck === undefined ? {} : { stuck }) };
}

function lookAt(own: string, name: string): 'gone' | 'used' | 'elsewhere' {
  const directory = `${own}/${name}`;
  const states = ROLES.flatMap((role) => {
    const user = recordOf(directory, role);
    return user === undefined ? [] : [stateOf(user)];
  });
  if (states.includes('lives')) return 'used';
  if (states.includes('elsewhere')) return 'elsewhere';
  if (states.length > 0) return 'gone';
  // Without a record it is being made, by the process whose number its name ends with; or that was killed over it.
  const maker = /^[0-9a-f]+\.(\d+)$/.exec(name)?.[1];
  return maker !== undefined && smallFile(`/proc/${maker}/stat`) === undefined ? 'gone' : 'used';
}

/** Whether it is gone: another sweep may have been at it too. */
async function remove(directory: string): Promise<boolean> {
  try {
    await removePrivate(directory);
    return true;
  } catch {
    return typeof factsOf(directory) === 'string';
  }
}
