/**
 * The keychain of the platform: the Secret Service of the session's D-Bus on Linux, the Keychain on macOS. An entry is
 * found by account, and its text is a private key (keychain-text.ts).
 *
 * Another process asks it (keychain-child.ts), and is killed when its time is over: a bus that accepts and says nothing
 * holds up whoever asks it for ever. Request and answer go through pipes.
 */
import { ask } from '#helper';
import { wipe } from '../crypto/wipe.ts';
import { silent, unavailable } from './keychain-faults.ts';
import { ENTRY_LIMIT, KEYCHAIN_CHILD, type Request, readAnswer, requestBytes } from './keychain-request.ts';

export const SERVICE = 'pqc-secrets';
/** How long one operation may take, in milliseconds. */
const PATIENCE = 4000;
/** What is needed to reach the session's bus, and to prompt on its screen. Nothing that pqx was told goes along. */
const HANDED_ON =
  /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|HOME|USER|LOGNAME|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|LANG|LC_ALL)=/;

export interface Keychain {
  /** The entry's text, to be wiped; undefined when there is none. Faults `identity` and `unsafe`, as of all of these. */
  read(account: string): Uint8Array | undefined;
  /** Makes the text the entry's, and reads it back. */
  write(account: string, text: Uint8Array): void;
  /** Removes the entry; nothing happens when there is none. */
  remove(account: string): void;
}

/** The keychain of the session whose variables are in `environ`. */
export function keychainOf(environ: readonly string[]): Keychain {
  const session = [...environ.filter((entry) => HANDED_ON.test(entry)), 'PATH=/usr/bin:/bin'];
  const nothing = new Uint8Array();
  return {
    read: (account) => answerTo(session, { operation: 'read', account, text: nothing }),
    write: (account, text) => void answerTo(session, { operation: 'write', account, text }),
    remove: (account) => void answerTo(session, { operation: 'remove', account, text: nothing }),
  };
}

function answerTo(environ: readonly string[], request: Request): Uint8Array | undefined {
  const input = requestBytes(request);
  const until = performance.now() + PATIENCE;
  const answer = ask({ args: [KEYCHAIN_CHILD], environ, input, until, limit: ENTRY_LIMIT });
  wipe(input);
  switch (answer.kind) {
    case 'ended':
      return readAnswer(answer.output);
    case 'silent':
      throw silent();
    case 'not-started':
      throw unavailable(`what asks it cannot be started (${answer.code})`);
  }
}
