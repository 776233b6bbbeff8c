import { currentUser, factsOf } from '#system';
import { Fault } from '../fault.ts';
import { directoryOf } from './paths.ts';

/**
 * Root in another user's directory (sudo) reads and never writes: it would leave files that the user cannot write any
 * more. Asked of the nearest directory that exists. A Fault `store`.
 */
export function refuseForeignDirectory(directory: string): void {
  if (currentUser().uid !== 0) return;
  const facts = factsOf(directory);
  if (typeof facts === 'string') {
    const parent = directoryOf(directory);
    if (parent !== directory) refuseForeignDirectory(parent);
    return;
  }
  if (facts.uid === 0) return;
  throw new Fault('store', `${directory} belongs to user ${facts.uid}, and root only reads there`, {
    hint: `sudo -u '#${facts.uid}' -i   is a shell of that user, who can write there`,
  });
}
