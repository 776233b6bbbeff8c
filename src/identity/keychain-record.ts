/**
 * `keychain.json`: that the identity of the config directory is in the keychain, and which entries hold former ones
 * (FORMAT, keychain). It says where, and nothing of the keys; `status` reads it, and asks no keychain.
 */
import { unlinkSync } from 'node:fs';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { utf8 } from '../crypto/wipe.ts';
import { isMissing } from '../fault.ts';
import { KEYCHAIN_FILE } from '../store/paths.ts';
import { readStoreFile } from '../store/read.ts';
import { writeStoreFile } from '../store/write.ts';
import { writeFault } from '../store/write-fault.ts';
import { broken, readObject } from './json.ts';

export interface KeychainRecord {
  /** The account of this identity's entry; undefined when the identity is elsewhere. */
  readonly account?: string | undefined;
  /** The accounts of the entries that hold former identities. */
  readonly former: readonly string[];
}

const LIMIT = 65_536;
const MEMBERS = ['version', 'account', 'former'];
const FORMER = /\.([0-9a-f]{16})$/;

/** What is recorded in `dir`; nothing where there is no such file. A Fault `identity` for one that is broken. */
export function readRecord(dir: string): KeychainRecord {
  const path = `${dir}/${KEYCHAIN_FILE}`;
  try {
    return recordOf(readStoreFile(path, 'trusted', LIMIT), path);
  } catch (error) {
    if (isMissing(error)) return { former: [] };
    throw error;
  }
}

/** For a caller who holds the directory's lock. A record of nothing is no file. */
export function writeRecord(dir: string, { account, former }: KeychainRecord): void {
  const path = `${dir}/${KEYCHAIN_FILE}`;
  if (account === undefined && former.length === 0) {
    removeRecord(path);
    return;
  }
  const document = { version: 1, ...(account === undefined ? {} : { account }), former: [...former].sort() };
  writeStoreFile(path, utf8(`${JSON.stringify(document, null, 2)}\n`), { mode: 0o600 });
}

/** The account that keeps a former identity: that of the identity, and the start of the hash of its public key. */
export function formerAccount(account: string, publicKey: Uint8Array): string {
  return `${account.replace(FORMER, '')}.${hexEncode(sha3_256(publicKey)).slice(0, 16)}`;
}

/** The accounts in `former`; with `hashes` (hex) only those of public keys that hash to one of them. */
export function formerAccounts({ former }: KeychainRecord, hashes?: readonly string[]): readonly string[] {
  return former.filter((account) => {
    const start = FORMER.exec(account)?.[1] ?? '';
    return hashes === undefined || hashes.some((hash) => hash.startsWith(start));
  });
}

function recordOf(bytes: Uint8Array, path: string): KeychainRecord {
  const fields = readObject(bytes, path);
  if (fields.get('version') !== 1) throw broken(path, 'field version is not 1');
  if ([...fields.keys()].some((name) => !MEMBERS.includes(name)))
    throw broken(path, 'it has an unknown field');
  const account = fields.get('account');
  const former = fields.get('former') ?? [];
  if (account !== undefined && !isAccount(account)) throw broken(path, 'field account is no account');
  if (!Array.isArray(former) || !former.every((name) => isAccount(name) && FORMER.test(name)))
    throw broken(path, 'field former is no list of accounts');
  return { account, former };
}

/** What can be an account: it is shown, and stands in an argument of secret-tool. */
export function isAccount(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 255 && /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text);
}

function removeRecord(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw writeFault(path, error);
  }
}
