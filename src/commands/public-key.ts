import { Fault, isMissing } from '../fault.ts';
import { type Recipient, readRecipient } from '../identity/recipient.ts';
import { absoluteIn } from '../store/paths.ts';
import type { World } from '../world.ts';
import { nearbyFile } from './nearby.ts';

/** Somebody's public key, from a file that was named on the command line. Faults `input` and `identity`. */
export function readPublicKeyFile(world: World, named: string): Recipient {
  const file = absoluteIn(world.cwd, named);
  try {
    return readRecipient(file);
  } catch (error) {
    const hint = 'pqx status   on their machine shows where their recipient.pub is';
    if (isMissing(error))
      throw new Fault('input', `there is no public key at ${file}`, { hint: nearbyFile(file) ?? hint });
    if (!(error instanceof Fault) || error.code !== 'identity') throw error;
    // What mends a broken file of the config directory is no good for one of somebody else's.
    throw new Fault('input', error.message, { hint, cause: error });
  }
}
