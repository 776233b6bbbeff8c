/** Removes directories of config files none of whose users lives: what is left when a guard was killed too. */
import { namesIn, removeEmptyDirectory, removeTree, smallFile } from '#trap';
import { ownDirectory, recordOf, strangerIn } from './memory.ts';
import { ROLES, stateOf } from './users.ts';

export interface Swept {
  readonly removed: number;
  readonly used: number;
  /** Of other pid namespaces, as of a container that shares the place: nothing is known of their users. */
  readonly elsewhere: number;
}

/** What is this user's in one place (an absolute path). Whatever cannot be removed stays, and is counted as used. */
export function sweep(place: string, uid: number): Swept {
  const own = ownDirectory(place, uid);
  const counts = { removed: 0, used: 0, elsewhere: 0 };
  if (strangerIn(own, uid) !== undefined) return counts;
  for (const name of namesIn(own)) {
    const what = lookAt(own, name);
    counts[what === 'gone' ? remove(`${own}/${name}`) : what] += 1;
  }
  if (counts.removed > 0) removeEmptyDirectory(own);
  return counts;
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

function remove(directory: string): 'removed' | 'used' {
  try {
    removeTree(directory);
    return 'removed';
  } catch {
    return 'used';
  }
}
