/**
 * The keychain of the platform: the Secret Service of the session's D-Bus on Linux, the Keychain on macOS. An entry is
 * found by service and account, and its text is a private key (keychain-text.ts).
 *
 * On Linux an entry is reached in two ways, which do not see the same. The library looks for the attributes `service` and
 * `username`; what was stored by `secret-tool store … service S account A` has no `username`. So the library is asked
 * first, then secret-tool. What is there is changed in place, in the way in which it was found; what is new is stored by
 * secret-tool with both attributes, which either way finds.
 */
import { ask } from '#helper';
import { mayExecute } from '#system';
import { equalBytes, wipe } from '../crypto/wipe.ts';
import { Fault, type FaultCode, printable } from '../fault.ts';
import { isObject } from '../json.ts';
import type { Answer } from '../platform/caller.ts';
import { ANSWER, ENTRY_LIMIT, KEYCHAIN_CHILD, type Operation, requestOf } from './keychain-child.ts';
import { noSecretTool, silent, unavailable } from './keychain-faults.ts';

export const SERVICE = 'pqc-secrets';
/** How long all that one operation asks may take, in milliseconds. */
const PATIENCE = 4000;
const LINUX = process.platform === 'linux';
/** Where systems put it. Not PATH: that can lead into a repository. */
const SECRET_TOOL = ['/usr/bin', '/usr/local/bin', '/run/current-system/sw/bin'].map(
  (at) => `${at}/secret-tool`,
);
/** What is needed to reach the session's bus, and to prompt on its screen. Nothing that pqx was told goes along. */
const HANDED_ON =
  /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|HOME|USER|LOGNAME|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|LANG|LC_ALL)=/;

export interface Keychain {
  /** The entry's text, to be wiped; undefined when there is none. Faults `identity`, as of all of these. */
  read(account: string): Uint8Array | undefined;
  /** Makes the text the entry's, and reads it back. */
  write(account: string, text: Uint8Array): void;
  /** Removes the entry; nothing happens when there is none. */
  remove(account: string): void;
}

/** The keychain of the session whose variables are in `environ`. */
export function keychainOf(environ: readonly string[]): Keychain {
  const session: Session = {
    environ: [...environ.filter((entry) => HANDED_ON.test(entry)), 'PATH=/usr/bin:/bin'],
    until: 0,
  };
  const inTime = <T>(work: (session: Session) => T): T =>
    work({ ...session, until: performance.now() + PATIENCE });
  return {
    read: (account) => inTime((timed) => find(timed, account)?.text),
    write: (account, text) => inTime((timed) => write(timed, account, text)),
    remove: (account) => inTime((timed) => remove(timed, account)),
  };
}

/** Whether entries of every kind are found here. */
export function seesAll(): boolean {
  return !LINUX || SECRET_TOOL.some(mayExecute);
}

interface Session {
  readonly environ: readonly string[];
  /** By the clock of `performance.now()`. */
  readonly until: number;
}

interface Found {
  readonly text: Uint8Array;
  readonly by: 'library' | 'secret-tool';
}

function find(session: Session, account: string): Found | undefined {
  const seen = library(session, 'get', account);
  if (seen !== undefined) return { text: seen, by: 'library' };
  if (!LINUX) return undefined;
  const tool = SECRET_TOOL.find(mayExecute);
  if (tool === undefined) return undefined;
  const { status, output, complaints } = secretTool(session, tool, ['lookup', ...attributes(account)]);
  if (status === 0) return { text: output, by: 'secret-tool' };
  // It says nothing of an entry that is not there, and nothing of one that is locked: but it lists that.
  if (complaints !== '') throw unavailable(complaints);
  const listed = secretTool(session, tool, ['search', ...attributes(account)]);
  const isThere = listed.output.length > 0 || listed.complaints.includes('attribute.');
  wipe(listed.output);
  if (isThere) throw unavailable('locked');
  return undefined;
}

function write(session: Session, account: string, text: Uint8Array): void {
  const former = find(session, account);
  if (former !== undefined) wipe(former.text);
  if (!LINUX || former?.by === 'library') library(session, 'set', account, text);
  else store(session, account, text, former === undefined ? ['username', account] : []);
  const now = find(session, account);
  const same = now !== undefined && equalBytes(now.text, text);
  if (now !== undefined) wipe(now.text);
  if (same) return;
  throw new Fault(
    'identity',
    `the keychain took ${SERVICE}/${printable(account)} and does not give it back`,
    {
      hint: 'pqx doctor',
    },
  );
}

function store(session: Session, account: string, text: Uint8Array, more: readonly string[]): void {
  const tool = SECRET_TOOL.find(mayExecute);
  if (tool === undefined) throw noSecretTool();
  const args = ['store', `--label=${SERVICE}`, ...attributes(account), ...more];
  const { status, complaints } = secretTool(session, tool, args, text);
  if (status !== 0) throw unavailable(complaints);
}

function remove(session: Session, account: string): void {
  library(session, 'remove', account);
  const former = find(session, account);
  if (former === undefined) return;
  wipe(former.text);
  const tool = SECRET_TOOL.find(mayExecute);
  if (tool === undefined) throw noSecretTool();
  const { status, complaints } = secretTool(session, tool, ['clear', ...attributes(account)]);
  if (status !== 0) throw unavailable(complaints);
}

function attributes(account: string): readonly string[] {
  return ['service', SERVICE, 'account', account];
}

/** What the library answered: the text, or undefined where there is nothing to answer. */
function library(
  session: Session,
  operation: Operation,
  account: string,
  text?: Uint8Array,
): Uint8Array | undefined {
  const input = requestOf(operation, SERVICE, account, text);
  const { status, output, complaints } = answered(
    ask({ ...session, args: [KEYCHAIN_CHILD], input, limit: ENTRY_LIMIT }),
    input,
  );
  const rest = output.subarray(1);
  switch (status === 0 ? output[0] : undefined) {
    case ANSWER.value:
      return rest;
    case ANSWER.nothing:
    case ANSWER.done:
      return undefined;
    case ANSWER.failed:
      throw unavailable(new TextDecoder().decode(rest));
    case ANSWER.refused:
      throw refused(new TextDecoder().decode(rest));
    default:
      throw unavailable(complaints === '' ? `its library ended with status ${status}` : complaints);
  }
}

/** A Fault of the child's own, as it was. */
function refused(text: string): Fault {
  const fault: unknown = JSON.parse(text);
  if (!isObject(fault)) return unavailable('its library said what it never says');
  const { code, message, hint } = fault;
  return new Fault(code as FaultCode, String(message), typeof hint === 'string' ? { hint } : {});
}

function secretTool(
  session: Session,
  program: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Said {
  return answered(ask({ ...session, program, args, input, limit: ENTRY_LIMIT }), undefined);
}

interface Said {
  readonly status: number;
  readonly output: Uint8Array;
  readonly complaints: string;
}

function answered(answer: Answer, toWipe: Uint8Array | undefined): Said {
  if (toWipe !== undefined) wipe(toWipe);
  switch (answer.kind) {
    case 'ended': {
      const { status, output, complaints } = answer;
      return { status, output, complaints: new TextDecoder().decode(complaints).trim() };
    }
    case 'silent':
      throw silent(PATIENCE / 1000);
    case 'not-started':
      throw unavailable(`what asks it cannot be started: ${answer.code}`);
  }
}
