/** Where a passphrase comes from: PQX_PASSPHRASE_FD, PQX_PASSPHRASE_FILE, else the person at the terminal. */
import { equalBytes } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import type { World } from '../world.ts';
import { injectedBytes, onlyOne } from './injected.ts';

const NAMES = ['PQX_PASSPHRASE_FILE', 'PQX_PASSPHRASE_FD'] as const;
const HEARD = 'passphrase';
const UNASKED = 'it is under a passphrase, and nobody is asked';

/** Whether a passphrase would have been needed, in a world where nobody is asked. */
export function isUnasked(error: unknown): boolean {
  return error instanceof Fault && error.message === UNASKED;
}

/** The passphrase that `file` is under; asked for once, however often it is needed. Faults `identity`. */
export async function currentPassphrase(world: World, file: string): Promise<Uint8Array> {
  const heard = world.heard.get(HEARD);
  if (heard !== undefined) return heard;
  const passphrase = given(world) ?? (await askUnlessUnattended(world, file));
  world.heard.set(HEARD, passphrase);
  return passphrase;
}

/**
 * A passphrase to put an identity under; on a terminal it is typed twice. `onlyAsked`: what is given is the one that
 * the identity is under so far. Faults `identity`.
 */
export async function newPassphrase(world: World, onlyAsked = false): Promise<Uint8Array> {
  const found = onlyAsked ? undefined : given(world);
  if (found !== undefined) return found;
  const first = await askFor('New passphrase: ');
  const second = await askFor('The same again: ');
  const same = equalBytes(first, second);
  second.fill(0);
  if (same) return first;
  first.fill(0);
  throw new Fault('identity', 'the two passphrases differ; nothing was changed');
}

async function askUnlessUnattended(world: World, file: string): Promise<Uint8Array> {
  if (world.unattended !== true) return askFor(`Passphrase of ${printable(file)}: `);
  throw new Fault('identity', UNASKED, { hint: 'pqx unlock' });
}

function given(world: World): Uint8Array | undefined {
  const name = onlyOne(world, NAMES);
  if (name === '') return undefined;
  const bytes = withoutLineEnd(injectedBytes(world, name, 'key'));
  if (bytes.length > 0) return bytes;
  throw new Fault('identity', `what ${name} names is empty, and a passphrase is not`, {
    hint: `unset ${name}`,
  });
}

/** One final LF or CRLF is the file's, not the passphrase's. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

async function askFor(question: string): Promise<Uint8Array> {
  const { askHidden } = await import('../terminal/prompt.ts');
  try {
    return await askHidden(question);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw /terminal/.test(error.message)
      ? new Fault('identity', 'a passphrase is needed, and there is no terminal to ask on', {
          hint: 'PQX_PASSPHRASE_FILE=FILE pqx …   or PQX_PASSPHRASE_FD',
          cause: error,
        })
      : new Fault('identity', 'no passphrase was typed, or several lines; nothing was changed', {
          cause: error,
        });
  }
}
