import { Fault, isMissing } from '../fault.ts';
import { type Recipient, readRecipient } from '../identity/recipient.ts';
import { absoluteIn } from '../store/paths.ts';
import type { World } from '../world.ts';

/** Somebody's public key, from a file that was named on the command line. Faults `input` and `identity`. */
export function readPublicKeyFile(world: World, named: string): Recipient {
  const file = absoluteIn(world.cwd, named);
  try {
    return readRecipient(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('input', `there is no public key at ${file}`, {
      hint: 'pqx status   on their machine shows where their recipient.pub is',
    });
  }
}
