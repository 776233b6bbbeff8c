/** What can be wrong with a keychain, by what its library and secret-tool say of it, and what mends it. */
import { currentUser, isThere } from '#system';
import { Fault, printable } from '../fault.ts';

interface Cause {
  readonly said: RegExp;
  readonly message: string;
  readonly hint: () => string;
}

const CAUSES: readonly Cause[] = [
  {
    said: /\blocked|dismissed/i,
    message: 'the keychain is locked, and nobody unlocked it',
    hint: () =>
      'gnome-keyring-daemon --replace --unlock   reads its password up to the end of input (Ctrl-D); or unlock it on the desktop',
  },
  {
    said: /matched by \d+ credentials/,
    message: 'the keychain has several entries for this service and account, and only one can be meant',
    hint: () =>
      'seahorse   or another password manager of the desktop, which shows and removes them one by one',
  },
  {
    said: /ServiceUnknown|was not provided by any|not activatable|NameHasNoOwner/i,
    message: 'nothing on the session’s D-Bus offers the Secret Service, which is the keychain here',
    hint: () => 'sudo apt-get install gnome-keyring   and a new session; or KWallet, KeePassXC',
  },
  {
    said: /not receive a reply|NoReply|Timeout|timed out/i,
    message: 'the keychain does not answer',
    hint: whoAnswers,
  },
  {
    said: /connect|autolaunch|address|No such file|SESSION_BUS|disconnected|closed/i,
    message: 'the session’s D-Bus, by which the keychain is reached, is not to be had',
    hint: reachBus,
  },
];

/** A Fault `identity` of a keychain that said so. */
export function unavailable(said: string): Fault {
  const cause = CAUSES.find((candidate) => candidate.said.test(said));
  const [first = ''] = said.split('\n');
  const line = first.replace(/^(Platform failure: |DBus error: )+/, '');
  if (cause === undefined)
    return new Fault('identity', `the keychain failed: ${printable(line.slice(0, 200))}`, {
      hint: whoAnswers(),
    });
  const detail = cause.message.endsWith('be had') ? ` (${printable(line.slice(0, 120))})` : '';
  return new Fault('identity', `${cause.message}${detail}`, { hint: cause.hint(), cause: new Error(said) });
}

/** Of one that said nothing. */
export function silent(): Fault {
  return new Fault('identity', 'the keychain does not answer, or waits to be unlocked (waited 4 s)', {
    hint: whoAnswers(),
  });
}

export function noSecretTool(): Fault {
  return new Fault('identity', 'secret-tool is not there, by which pqx writes into the keychain', {
    hint: 'sudo apt-get install libsecret-tools',
  });
}

function whoAnswers(): string {
  return 'busctl --user status org.freedesktop.secrets   shows which program is the keychain; end it, and log in again';
}

function reachBus(): string {
  const bus = `/run/user/${currentUser().uid}/bus`;
  return isThere(bus)
    ? `export DBUS_SESSION_BUS_ADDRESS=unix:path=${bus}`
    : 'dbus-run-session -- sh -c \'gnome-keyring-daemon --unlock --components=secrets && exec "$SHELL"\'   begins a session with a keychain, whose password it reads';
}
