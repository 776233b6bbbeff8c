/**
 * The process that asks the keychain's library: this program again, started by `keychain.ts`, which kills it when its time
 * is over. The library's calls can wait for ever, and its native code is loaded nowhere else. One request on standard
 * input, one answer on standard output.
 */
import type { Entry } from '@napi-rs/keyring';
import { limitLife, ownDirectory } from '#helper';
import { readSome, secretsAhead, writeSome } from '#system';
import { concatBytes, utf8, wipe } from '../crypto/wipe.ts';
import { errnoOf, Fault, isMissing } from '../fault.ts';
import { isObject } from '../json.ts';
import { shellWord } from '../quote.ts';
import { directoryOf } from '../store/paths.ts';
import { requireTrustedFile } from '../store/read.ts';

/** The first argument by which this program knows that it is this. */
export const KEYCHAIN_CHILD = '--keychain';
/** The most that it lives, in seconds: longer than its parent waits, should that have been killed. */
const LIFE = 6;
/** More than any entry that is a key, in bytes. */
export const ENTRY_LIMIT = 65_536;

export type Operation = 'get' | 'set' | 'remove';

/** The first byte of an answer. */
export const ANSWER = { value: 0x3d, nothing: 0x30, done: 0x31, failed: 0x21, refused: 0x3f } as const;

interface Library {
  readonly Entry: typeof Entry;
}

/** The request: a line of JSON, and after it the entry's new text. */
export function requestOf(
  operation: Operation,
  service: string,
  account: string,
  text?: Uint8Array,
): Uint8Array {
  return concatBytes(utf8(`${JSON.stringify({ operation, service, account })}\n`), text ?? new Uint8Array());
}

/** Its life. */
export function beKeychainChild(): void {
  secretsAhead();
  limitLife(LIFE);
  const request = readInput();
  const reply = answerTo(request);
  wipe(request);
  for (let at = 0; at < reply.length; ) at += writeSome(1, reply.subarray(at));
  wipe(reply);
  process.exit(0);
}

function answerTo(request: Uint8Array): Uint8Array {
  try {
    const end = request.indexOf(0x0a);
    const head: unknown = JSON.parse(new TextDecoder().decode(request.subarray(0, end)));
    if (!isObject(head)) return told(ANSWER.failed, 'no request');
    return perform(head, request.subarray(end + 1));
  } catch (error) {
    if (error instanceof Fault)
      return told(
        ANSWER.refused,
        JSON.stringify({ code: error.code, message: error.message, hint: error.hint }),
      );
    return told(ANSWER.failed, error instanceof Error ? error.message : 'unknown error');
  }
}

function perform(
  { operation, service, account }: Readonly<Record<string, unknown>>,
  text: Uint8Array,
): Uint8Array {
  const { Entry: Credential } = load();
  // Without the pin it takes the kernel's keyring instead, where there is no Secret Service, and says nothing.
  const entry = new Credential(String(service), String(account), { linux: { store: 'secret-service' } });
  switch (operation) {
    case 'get': {
      const secret = entry.getSecret();
      if (secret === null || secret === undefined) return told(ANSWER.nothing);
      const reply = concatBytes(new Uint8Array([ANSWER.value]), Uint8Array.from(secret));
      secret.fill(0);
      return reply;
    }
    case 'set':
      entry.setSecret(text);
      return told(ANSWER.done);
    case 'remove':
      return told(entry.deletePassword() ? ANSWER.done : ANSWER.nothing);
    default:
      return told(ANSWER.failed, 'no such operation');
  }
}

/** The library's native part beside the executable: nothing that another user could have put there. */
function load(): Library {
  const path = `${ownDirectory()}/keyring.node`;
  const again = `(cd ${shellWord(directoryOf(ownDirectory()))} && npm ci)   makes it`;
  try {
    requireTrustedFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('identity', `${path} is missing, by which pqx reaches the keychain`, { hint: again });
  }
  const module = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw new Fault('identity', `${path} cannot be loaded, by which pqx reaches the keychain`, {
      hint: again,
      cause,
    });
  }
  if ('Entry' in module.exports) return module.exports as Library;
  throw new Fault('identity', `${path} is not what pqx reaches the keychain by`, { hint: again });
}

function told(kind: number, message = ''): Uint8Array {
  return concatBytes(new Uint8Array([kind]), utf8(message));
}

function readInput(): Uint8Array {
  const buffer = new Uint8Array(ENTRY_LIMIT);
  for (let length = 0; length < buffer.length; ) {
    const count = readOnce(buffer.subarray(length));
    if (count === 0) return buffer.subarray(0, length);
    length += count;
  }
  return buffer;
}

function readOnce(buffer: Uint8Array): number {
  try {
    return readSome(0, buffer);
  } catch (error) {
    if (errnoOf(error) === 'EOF') return 0;
    throw error;
  }
}
