/** Opening a v2 bundle: the data key for this identity, everything around the values checked, then only what is wanted. */
import { openAead } from '../crypto/aead.ts';
import { decapsulate, type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, samePublicBytes, utf8, wipe } from '../crypto/wipe.ts';
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
  const dek = await unlockV2(bundle, key, file);
  try {
    return await openEntries(bundle, dek, wanted === 'all' ? bundle.names : wanted, file);
  } finally {
    wipe(dek);
  }
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
  const stanza = await stanzaFor(bundle, key, file);
  const dek = await unwrap(bundle, stanza, key);
  if (dek === undefined) throw damaged(file);
  if (equalBytes(commitmentOf(dek, bundle.id), bundle.commitment) && (await sealHolds(bundle, dek)))
    return dek;
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

/** The values of the names that the bundle holds. What was opened before one that fails is wiped. */
export async function openEntries(
  bundle: BundleV2,
  dek: Uint8Array,
  names: readonly string[],
  file: string,
): Promise<Secrets> {
  const secrets: Secrets = new Map();
  try {
    for (const name of names) {
      const value = await openEntry(bundle, dek, name, file);
      if (value !== undefined) secrets.set(name, value);
    }
    return secrets;
  } catch (error) {
    wipe(...secrets.values());
    throw error;
  }
}

async function openEntry(
  bundle: BundleV2,
  dek: Uint8Array,
  name: string,
  file: string,
): Promise<Uint8Array | undefined> {
  const entry = entryOf(bundle, name);
  return entry === undefined ? undefined : openSealedEntry(entry, dek, bundle.id, name, file);
}

/** The value of one entry, to be wiped. Faults `damaged`, and `not-a-bundle` for a value that no bundle may hold. */
export async function openSealedEntry(
  entry: Sealed,
  dek: Uint8Array,
  id: Uint8Array,
  name: string,
  file: string,
): Promise<Uint8Array> {
  const key = entryKeyOf(dek, id, name);
  const value = await openAead(key, entry.nonce, entry.ciphertext, entryAad(id, name));
  wipe(key);
  if (value === undefined) throw damaged(file, `the value of ${name}`);
  const wrong = wrongWith(value);
  if (wrong === undefined) return value;
  wipe(value);
  throw notABundle(file, `the value of ${name} ${wrong}`);
}
