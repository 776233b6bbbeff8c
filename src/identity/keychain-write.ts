/**
 * Putting private keys into the keychain and taking them out of it. A kill at any point leaves an identity that opens: the
 * new place is written and read back before the former one is given up, and what is recorded follows.
 */
import { type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { MACHINE_KEK_FILE, PRIVATE_KEY_FILE } from '../store/paths.ts';
import { hasFileIdentity, loadFileIdentity } from './file-store.ts';
import {
  keepFormer,
  protectLocked,
  removeFile,
  type SaveOptions,
  saveLocked,
  writeRecipient,
} from './file-store-write.ts';
import { keptFiles } from './kept.ts';
import { type Keychain, SERVICE } from './keychain.ts';
import { formerAccount, readRecord, writeRecord } from './keychain-record.ts';
import { entryText, isAsWritten, keyOfEntry } from './keychain-text.ts';

/** Where in the keychain. */
export interface Place {
  readonly keychain: Keychain;
  readonly account: string;
}

/** How an entry is called in what is said of it. */
export function entryName(account: string): string {
  return printable(`${SERVICE}/${account}`);
}

/** The private key of the entry; undefined when there is none. Faults `identity`. */
export function readEntry({ keychain, account }: Place): PrivateKey | undefined {
  const text = keychain.read(account);
  if (text === undefined) return undefined;
  try {
    return keyOfEntry(text, entryName(account));
  } finally {
    wipe(text);
  }
}

/**
 * Makes a new identity the one of `dir`, in the keychain; for a caller who holds the directory's lock. With `replace` what
 * was there is kept: an entry under another account, `private.key.enc` as `saveLocked` keeps it. Without it an entry is a
 * Fault `identity`.
 */
export async function saveInKeychain(
  dir: string,
  place: Place,
  key: PrivateKey,
  publicKey: Uint8Array,
  options: SaveOptions,
): Promise<void> {
  await keepFound(dir, place, options.replace);
  const hadFile = hasFileIdentity(dir);
  if (hadFile) await keepFormer(dir, options.passphrase);
  writeKey(place, key);
  settle(dir, place.account);
  writeRecipient(dir, key.alg, publicKey, options.now);
}

/** The same for one that goes into the file store, when the one so far is in the keychain: that is kept there. */
export async function saveInsteadOfKeychain(
  dir: string,
  place: Place,
  key: PrivateKey,
  publicKey: Uint8Array,
  options: SaveOptions,
): Promise<void> {
  await keepFound(dir, place, true);
  await saveLocked(dir, key, publicKey, options);
  place.keychain.remove(place.account);
  writeRecord(dir, { former: readRecord(dir).former });
}

/** The same private key goes into the keychain. An entry that holds another one is a Fault `identity`. */
export async function moveIntoKeychain(dir: string, place: Place, key: PrivateKey): Promise<void> {
  const { account: before } = readRecord(dir);
  const there = readEntry(place);
  if (there !== undefined) {
    const same = equalBytes(await publicKeyOf(there), await publicKeyOf(key));
    wipe(there.bytes);
    if (!same) throw occupied(place.account, OTHER_ACCOUNT);
  }
  writeKey(place, key);
  settle(dir, place.account);
  if (before !== undefined && before !== place.account)
    await removeOwn({ ...place, account: before }, await publicKeyOf(key));
}

/** The same private key comes out of the keychain, under the passphrase, or under `machine.kek` when undefined. */
export async function moveOutOfKeychain(
  dir: string,
  place: Place,
  key: PrivateKey,
  passphrase: Uint8Array | undefined,
): Promise<void> {
  await protectLocked(dir, key, passphrase);
  const again = await loadFileIdentity(
    dir,
    undefined,
    passphrase === undefined ? undefined : async () => passphrase,
  );
  const same = equalBytes(again.bytes, key.bytes);
  wipe(again.bytes);
  if (!same) throw new Fault('identity', `${dir}/${PRIVATE_KEY_FILE} does not give back what was written`);
  await removeOwn(place, await publicKeyOf(key));
  writeRecord(dir, { former: readRecord(dir).former });
}

/** Keeps what lies in the file store and is another private key, or one that does not open without a passphrase. */
export async function keepOther(dir: string, key: PrivateKey): Promise<void> {
  if (hasFileIdentity(dir) && !(await isInFile(dir, key))) await keepFormer(dir, undefined);
}

async function isInFile(dir: string, key: PrivateKey): Promise<boolean> {
  try {
    const there = await loadFileIdentity(dir);
    const same = equalBytes(await publicKeyOf(there), await publicKeyOf(key));
    wipe(there.bytes);
    return same;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** Writes the entry as pqx does; false when it was so. */
export function writeKey({ keychain, account }: Place, key: PrivateKey): boolean {
  const there = keychain.read(account);
  const isWritten = there !== undefined && isAsWritten(there, key);
  if (there !== undefined) wipe(there);
  if (isWritten) return false;
  const text = entryText(key);
  try {
    keychain.write(account, text);
    return true;
  } finally {
    wipe(text);
  }
}

/** Keeps what the entry holds, if anything, under another account. A Fault `identity` where it may not be replaced. */
async function keepFound(dir: string, place: Place, mayReplace: boolean): Promise<void> {
  const found = place.keychain.read(place.account);
  if (found === undefined) return;
  try {
    if (!mayReplace) throw occupied(place.account, TAKE_OR_REPLACE);
    await keepEntry(dir, place, found);
  } finally {
    wipe(found);
  }
}

/** Recorded before it is there: an entry of which nothing knows would stay for ever. */
async function keepEntry(dir: string, { keychain, account }: Place, text: Uint8Array): Promise<void> {
  const name = formerAccount(account, await publicKeyOrText(text, account));
  const { former, ...record } = readRecord(dir);
  if (!former.includes(name)) writeRecord(dir, { ...record, former: [...former, name] });
  keychain.write(name, text);
}

/** What is no key is named by its own bytes. */
async function publicKeyOrText(text: Uint8Array, account: string): Promise<Uint8Array> {
  try {
    const key = keyOfEntry(text, entryName(account));
    const publicKey = await publicKeyOf(key);
    wipe(key.bytes);
    return publicKey;
  } catch (error) {
    if (error instanceof Fault) return text;
    throw error;
  }
}

/** From here on the identity is in the keychain. `machine.kek` goes once nothing is under it. */
function settle(dir: string, account: string): void {
  const { former } = readRecord(dir);
  writeRecord(dir, { account, former });
  removeFile(`${dir}/${PRIVATE_KEY_FILE}`);
  if (keptFiles(dir).length === 0) removeFile(`${dir}/${MACHINE_KEK_FILE}`);
}

/** Not one that holds another key: that is somebody else's. */
async function removeOwn(place: Place, publicKey: Uint8Array): Promise<void> {
  const there = readEntry(place);
  if (there === undefined) return;
  const own = equalBytes(await publicKeyOf(there), publicKey);
  wipe(there.bytes);
  if (own) place.keychain.remove(place.account);
}

const OTHER_ACCOUNT = 'PQC_KEYCHAIN_ACCOUNT=NAME pqx …   takes another account for this identity';
const TAKE_OR_REPLACE =
  'PQC_USE_KEYCHAIN=true pqx identity --to keychain   takes it into use; pqx keygen --store keychain --force   replaces it and keeps it';

function occupied(account: string, hint: string): Fault {
  return new Fault('identity', `the keychain has another key as ${entryName(account)}; nothing was changed`, {
    hint,
  });
}
