/** A private key that comes with the call: `pqx keygen --stdout` prints it (FORMAT, private key). */
import type { PrivateKey } from '../crypto/kem.ts';
import { Fault } from '../fault.ts';
import { EMPTY, keyOfText, NO_TEXT } from './key-text.ts';

/** The key in the text that `source`, a variable, gives. A Fault `identity` that names it and quotes nothing of the text. */
export function privateKeyOfText(text: Uint8Array, source: string): PrivateKey {
  const found = keyOfText(text);
  if ('bytes' in found) return found;
  if (found.wrong === EMPTY) {
    throw new Fault('identity', `${source} is set, and there is no private key in it`, {
      hint: `unset ${source}   if the identity of the config directory is meant; a secret that CI does not hand out is empty`,
    });
  }
  const what =
    found.wrong === NO_TEXT ? `${source} is ${NO_TEXT}` : `${source} cannot be used: ${found.wrong}`;
  throw new Fault('identity', what, {
    hint: 'pqx keygen --stdout --pub FILE   prints one as it is expected',
  });
}
