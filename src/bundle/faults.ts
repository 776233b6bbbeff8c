/** The three ways in which a bundle does not open, kept apart by their code and their words (FORMAT, order of checks). */
import { Fault, printable } from '../fault.ts';
import { shellWord } from '../quote.ts';

/** The file is not of the shape that a bundle has; `why` names the field. */
export function notABundle(file: string, why: string): Fault {
  return new Fault('not-a-bundle', `${file} is not a bundle: ${why}`, {
    hint: statusOf(file),
  });
}

/** Nothing in the bundle is for this private key; `why` says for whom it is. */
export function notForThisIdentity(file: string, why: string, hint?: string): Fault {
  return new Fault('not-for-this-identity', `${file} is not for this identity: ${why}`, {
    hint: hint ?? statusOf(file),
  });
}

/** What is authenticated does not hold; `what` says which part, where more than the file is known. */
export function damaged(file: string, what?: string): Fault {
  const hint = file.endsWith('.bak')
    ? statusOf(file)
    : `pqx --bundle ${shellWord(`${file}.bak`)} verify   tries the copy from before the last change, where there is one`;
  const part = what === undefined ? '' : ` (${printable(what)})`;
  return new Fault('damaged', `${file} is damaged or tampered with${part}`, { hint });
}

/** Some of many names, for one line. */
export function someOf(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map(printable).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function statusOf(file: string): string {
  return `pqx --bundle ${shellWord(file)} status   shows the identity, and what is read as the bundle`;
}
