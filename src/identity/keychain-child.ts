/**
 * The life of the process that asks the keychain: this program again, started by `keychain.ts`, which kills it when its
 * time is over. The library's calls can wait for ever, and its native code is loaded nowhere else. One request on standard
 * input, one answer on standard output.
 */
import { limitLife, ownDirectory } from '#helper';
import { rawEnvironment, readSome, secretsAhead, writeSome } from '#system';
import { wipe } from '../crypto/wipe.ts';
import { errnoOf, Fault, isMissing } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { directoryOf } from '../store/paths.ts';
import { requireTrustedFile } from '../store/read.ts';
import { type Library, readEntryText, removeEntry, writeEntryText } from './keychain-entries.ts';
import { answerBytes, ENTRY_LIMIT, readRequest } from './keychain-request.ts';
import { secretTool } from './keychain-secret-tool.ts';

/** How long secret-tool has, in milliseconds since this process began: less than this process has (keychain.ts). */
const TOOL_UNTIL = 3700;
/** The most that this process lives, in seconds, should its parent have been killed. */
const LIFE = 6;

export function beKeychainChild(): void {
  const environ = rawEnvironment();
  secretsAhead();
  limitLife(LIFE);
  const request = readInput();
  const answer = answerTo(request, environ);
  const reply = answerBytes(answer);
  wipe(request, answer instanceof Uint8Array ? answer : request);
  for (let at = 0; at < reply.length; ) at += writeSome(1, reply.subarray(at));
  wipe(reply);
  process.exit(0);
}

function answerTo(bytes: Uint8Array, environ: readonly string[]): Uint8Array | undefined | Fault {
  const request = readRequest(bytes);
  // Whoever asks was killed in the middle of it.
  if (request === undefined) return new Fault('identity', 'that is no request to the keychain');
  const { operation, account, text } = request;
  try {
    const tool = process.platform === 'linux' ? secretTool(environ, TOOL_UNTIL) : undefined;
    const ways = { library: load(), tool };
    switch (operation) {
      case 'read':
        return readEntryText(ways, account);
      case 'write':
        writeEntryText(ways, account, text);
        return undefined;
      case 'remove':
        removeEntry(ways, account);
        return undefined;
    }
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** The library's native part beside the executable: nothing that another user could have put there. */
function load(): Library {
  const path = `${ownDirectory()}/keyring.node`;
  const hint = `(cd ${shellWord(directoryOf(ownDirectory()))} && npm ci)   makes it`;
  try {
    requireTrustedFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('identity', `${path} is missing, by which pqx reaches the keychain`, { hint });
  }
  const module = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw new Fault('identity', `${path} cannot be loaded, by which pqx reaches the keychain`, {
      hint,
      cause,
    });
  }
  if ('Entry' in module.exports) return module.exports as Library;
  throw new Fault('identity', `${path} is not what pqx reaches the keychain by`, { hint });
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
