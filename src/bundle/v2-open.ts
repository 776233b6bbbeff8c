/** Opening a v2 bundle: the data key for this identity, everything around the values checked, then only what is wanted. */
import { openAead } from '../crypto/aead.ts';
import { decapsulate, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, samePublicBytes, utf8, wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { damaged, notABundle, notForThisIdentity, someOf } from './faults.ts';
import { wrongWith } from './names.ts';
import type { BundleV2, Sealed, Secrets, Stanza } from './types.ts';
import { entryOf } from './v2-entries.ts';
import { commitmentOf, entryAad, entryKeyOf, kekOf, keywrapAad, sealKeyOf } from './v2-keys.ts';

/**
 * The values of the wanted names that the bundle holds, or of all. Other entries are not decrypted. Throws Faults
 * `not-for-this-identity`, `damaged`, and `not-a-bundle` for a value that no bundle may hold.
 */
export async function openV2(
  bundle: BundleV2,
  key: PrivateKey,
  wanted: 'all' | readonly string[],
  file: string,
): Promise<Secrets> {
  const dek = await dataKey(bundle, key, file);
  try {
    // Another thread answers for each: they are asked together, and what the seal says counts before any value.
    const holds = sealHolds(bundle, dek);
    const opened = await openEntries(bundle, dek, wanted === 'all' ? bundle.names : wanted, file);
    return onlyValues(opened, await holds, file);
  } finally {
    wipe(dek);
  }
}

/** What was opened, once all of it is sound; otherwise it is wiped, and the first Fault thrown. */
function onlyValues(opened: ReadonlyMap<string, Uint8Array | Fault>, sealed: boolean, file: string): Secrets {
  const secrets: Secrets = new Map();
  let fault = sealed ? undefined : damaged(file);
  for (const [name, value] of opened) {
    if (value instanceof Fault) fault ??= value;
    else secrets.set(name, value);
  }
  if (fault === undefined) return secrets;
  wipeValues(secrets);
  throw fault;
}

/** This identity's stanza. A Fault `not-for-this-identity` that says whom the bundle is for. */
export async function stanzaFor(bundle: BundleV2, key: PrivateKey, file: string): Promise<Stanza> {
  const own = await publicKeyOf(key);
  for (const stanza of bundle.recipients)
    if (stanza.alg === key.alg && samePublicBytes(stanza.publicKey, own)) return stanza;
  const labels = someOf(bundle.recipients.map(({ label }) => label));
  throw notForThisIdentity(
    file,
    `it is for ${labels}`,
    'pqx recipients add recipient.pub --label NAME   typed by one of them, with the public key of this identity',
  );
}

/**
 * The data key (32 bytes, to be wiped), once keywrap, commitment and seal hold: whoever has it can trust every name, the
 * recipients and the revision. Throws Faults `not-for-this-identity` and `damaged`.
 */
export async function unlockV2(bundle: BundleV2, key: PrivateKey, file: string): Promise<Uint8Array> {
  const dek = await dataKey(bundle, key, file);
  if (await sealHolds(bundle, dek)) return dek;
  wipe(dek);
  throw damaged(file);
}

/** The same once keywrap and commitment hold: what the seal is to hold together is not to be trusted yet. */
async function dataKey(bundle: BundleV2, key: PrivateKey, file: string): Promise<Uint8Array> {
  const stanza = await stanzaFor(bundle, key, file);
  const dek = await unwrap(bundle, stanza, key);
  if (dek === undefined) throw damaged(file);
  if (equalBytes(commitmentOf(dek, bundle.id), bundle.commitment)) return dek;
  wipe(dek);
  throw damaged(file);
}

/** ML-KEM does not fail for a wrong key or ciphertext: it is the tag of the wrapped key that tells. */
async function unwrap(bundle: BundleV2, stanza: Stanza, key: PrivateKey): Promise<Uint8Array | undefined> {
  const sharedSecret = await decapsulate(key, stanza.kemCiphertext);
  const kek = kekOf(sharedSecret, stanza.kemCiphertext, stanza, bundle.id);
  const { nonce, ciphertext } = stanza.wrappedDek;
  const dek = await openAead(kek, nonce, ciphertext, keywrapAad(stanza, bundle.id));
  wipe(sharedSecret, kek);
  return dek;
}

async function sealHolds(bundle: BundleV2, dek: Uint8Array): Promise<boolean> {
  const key = sealKeyOf(dek, bundle.id);
  const empty = await openAead(key, bundle.seal.nonce, bundle.seal.tag, utf8(bundle.sealed));
  wipe(key);
  return empty !== undefined;
}

/** How many entries are opened at once: a bundle may hold a hundred thousand. */
const AT_ONCE = 64;

/** Of each name that the bundle holds the value, or the Fault that it is. Throws none: all of them are to be dealt with. */
async function openEntries(
  bundle: BundleV2,
  dek: Uint8Array,
  names: readonly string[],
  file: string,
): Promise<ReadonlyMap<string, Uint8Array | Fault>> {
  const opened = new Map<string, Uint8Array | Fault>();
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const opening: { readonly name: string; readonly value: Promise<Uint8Array | Fault> }[] = [];
    for (const name of names.slice(from, from + AT_ONCE)) {
      const entry = entryOf(bundle, name);
      if (entry !== undefined) opening.push({ name, value: openEntry(entry, dek, bundle.id, name, file) });
    }
    for (const { name, value } of opening) opened.set(name, await value);
  }
  return opened;
}

/** The value of one entry, to be wiped. Faults `damaged`, and `not-a-bundle` for a value that no bundle may hold. */
export async function openSealedEntry(
  entry: Sealed,
  dek: Uint8Array,
  id: Uint8Array,
  name: string,
  file: string,
): Promise<Uint8Array> {
  const value = await openEntry(entry, dek, id, name, file);
  if (value instanceof Fault) throw value;
  return value;
}

async function openEntry(
  entry: Sealed,
  dek: Uint8Array,
  id: Uint8Array,
  name: string,
  file: string,
): Promise<Uint8Array | Fault> {
  const key = entryKeyOf(dek, id, name);
  const value = await openAead(key, entry.nonce, entry.ciphertext, entryAad(id, name));
  wipe(key);
  if (value === undefined) return damaged(file, `the value of ${name}`);
  const wrong = wrongWith(value);
  if (wrong === undefined) return value;
  wipe(value);
  return notABundle(file, `the value of ${name} ${wrong}`);
}
