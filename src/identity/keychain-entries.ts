/**
 * Entries of the keychain, for the process that asks it. On Linux they are reached in two ways, which do not see the same:
 * the library looks for the attributes `service` and `username`; what was stored by `secret-tool store … service S account
 * A` has no `username`. So the library is asked first, then secret-tool. What is there is changed in place, in the way in
 * which it was found; what is new is stored by secret-tool with both attributes, and found in either way.
 */
import type { Entry } from '@napi-rs/keyring';
import { equalBytes, wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { SERVICE } from './keychain.ts';
import { unavailable } from './keychain-faults.ts';
import { hasSecretTool, type SecretTool } from './keychain-secret-tool.ts';

/** The part of the library that is used. */
export interface Library {
  readonly Entry: typeof Entry;
}

interface Ways {
  readonly library: Library;
  /** Undefined where there is only the library. */
  readonly tool: SecretTool | undefined;
}

interface Found {
  readonly text: Uint8Array;
  readonly by: keyof Ways;
}

export function readEntryText(ways: Ways, account: string): Uint8Array | undefined {
  return find(ways, account)?.text;
}

/** And reads it back. */
export function writeEntryText(ways: Ways, account: string, text: Uint8Array): void {
  const former = find(ways, account);
  if (former !== undefined) wipe(former.text);
  if (ways.tool === undefined || former?.by === 'library')
    said(() => entryOf(ways.library, account).setSecret(text));
  else {
    const more = former === undefined ? ['username', account] : [];
    ways.tool.store(SERVICE, [...attributes(account), ...more], text);
  }
  const now = find(ways, account);
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

export function removeEntry(ways: Ways, account: string): void {
  said(() => entryOf(ways.library, account).deletePassword());
  const former = find(ways, account);
  if (former === undefined) return;
  wipe(former.text);
  ways.tool?.clear(attributes(account));
}

function find({ library, tool }: Ways, account: string): Found | undefined {
  const secret = said(() => entryOf(library, account).getSecret());
  if (secret !== null && secret !== undefined) {
    const text = Uint8Array.from(secret);
    secret.fill(0);
    return { text, by: 'library' };
  }
  const text = tool === undefined || !hasSecretTool() ? undefined : tool.lookUp(attributes(account));
  return text === undefined ? undefined : { text, by: 'tool' };
}

/** Without the pin it takes the kernel's keyring instead, where there is no Secret Service, and says nothing. */
function entryOf({ Entry: Credential }: Library, account: string): Entry {
  return new Credential(SERVICE, account, { linux: { store: 'secret-service' } });
}

function attributes(account: string): readonly string[] {
  return ['service', SERVICE, 'account', account];
}

/** What the library throws is what the keychain said. */
function said<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : 'unknown error');
  }
}
