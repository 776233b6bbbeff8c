/** Writing a v2 bundle: stanzas, entries, commitment, seal, and the text that makes small diffs. */
import { AEAD, sealAead } from '../crypto/aead.ts';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { encapsulate, isPublicKey } from '../crypto/kem.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { type CanonicalObject, canonicalJson, compactJson } from './canonical.ts';
import { checkFileSize } from './limits.ts';
import { checkName, checkValue } from './names.ts';
import type { Recipient, Sealed, Secrets, Stanza } from './types.ts';
import { utcText } from './utc.ts';
import {
  commitmentOf,
  DEK_SIZE,
  entryAad,
  entryKeyOf,
  ID_SIZE,
  kekOf,
  keywrapAad,
  sealKeyOf,
} from './v2-keys.ts';
import { MOST_RECIPIENTS } from './v2-read.ts';

/** A bundle before it is sealed. */
export interface Draft {
  /** 16 bytes; new exactly when the data key is. */
  readonly id: Uint8Array;
  readonly revision: number;
  readonly recipients: readonly Stanza[];
  /** Name → the canonical JSON of its entry, in any order. */
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * The file of a bundle with a new data key: for every recipient, every secret encrypted anew. `revision` is 1 for a new
 * bundle. Faults `input`: a name or value that no bundle may hold, no or too many recipients, a label that is not unique
 * or not of its form, a public key that is none or not unique, a file that no reader would take.
 */
export async function sealV2(
  secrets: Secrets,
  recipients: readonly Recipient[],
  now: Date,
  revision = 1,
): Promise<Uint8Array> {
  const dek = randomBytes(DEK_SIZE);
  const id = randomBytes(ID_SIZE);
  try {
    const stanzas: Stanza[] = [];
    for (const recipient of recipients) stanzas.push(await wrapDek(dek, id, recipient));
    const entries = new Map<string, string>();
    for (const [name, value] of secrets) entries.set(name, await sealEntry(dek, id, name, value));
    return await writeV2({ id, revision, recipients: stanzas, entries }, dek, now);
  } finally {
    wipe(dek);
  }
}

/** The data key (32 bytes) for one recipient. Faults `input` for a bad label and for what is no public key. */
export async function wrapDek(dek: Uint8Array, id: Uint8Array, recipient: Recipient): Promise<Stanza> {
  const { alg, label, publicKey } = recipient;
  checkLabel(label);
  if (!isPublicKey(alg, publicKey)) throw new Fault('input', `the public key of ${label} is no ${alg} key`);
  const { ciphertext: kemCiphertext, sharedSecret } = await encapsulate(alg, publicKey);
  const kek = kekOf(sharedSecret, kemCiphertext, recipient, id);
  const nonce = randomBytes(AEAD.nonce);
  const ciphertext = await sealAead(kek, nonce, dek, keywrapAad(recipient, id));
  wipe(sharedSecret, kek);
  return { alg, label, publicKey, kemCiphertext, wrappedDek: { nonce, ciphertext } };
}

/** A Fault `input` unless the label is `[A-Za-z0-9._@-]{1,64}`. */
export function checkLabel(label: string): void {
  if (/^[A-Za-z0-9._@-]{1,64}$/.test(label)) return;
  throw new Fault('input', 'that is no label for a recipient', {
    hint: 'labels are 1 to 64 letters, digits and . _ @ -',
  });
}

/** The canonical JSON of an entry. Faults `input` for a name or value that no bundle may hold. */
export async function sealEntry(
  dek: Uint8Array,
  id: Uint8Array,
  name: string,
  value: Uint8Array,
): Promise<string> {
  checkName(name);
  checkValue(name, value);
  const key = entryKeyOf(dek, id, name);
  const nonce = randomBytes(AEAD.nonce);
  const ciphertext = await sealAead(key, nonce, value, entryAad(id, name));
  wipe(key);
  return canonicalJson(sealedJson({ nonce, ciphertext }));
}

function sealedJson({ nonce, ciphertext }: Sealed): CanonicalObject {
  return { ciphertext_b64: base64Encode(ciphertext), nonce_b64: base64Encode(nonce) };
}

/** The file of `draft`, sealed with its data key. `now` becomes `updated_utc`. Faults `input` as `sealV2`. */
export async function writeV2(draft: Draft, dek: Uint8Array, now: Date): Promise<Uint8Array> {
  checkRecipients(draft.recipients);
  const fields: Readonly<Record<string, string>> = {
    bundle_id: canonicalJson(hexEncode(draft.id)),
    dek_commitment_b64: canonicalJson(base64Encode(commitmentOf(dek, draft.id))),
    entries: entriesJson(draft.entries),
    recipients: `[\n${draft.recipients.map(stanzaJson).join(',\n')}\n  ]`,
    revision: canonicalJson(draft.revision),
    updated_utc: canonicalJson(utcText(now)),
    version: '2',
  };
  const seal = canonicalJson(await sealOf(laidOut(fields), dek, draft.id));
  return checkFileSize(utf8(laidOut({ ...fields, seal })));
}

function checkRecipients(stanzas: readonly Stanza[]): void {
  if (stanzas.length === 0 || stanzas.length > MOST_RECIPIENTS) {
    throw new Fault('input', `a bundle has 1 to ${MOST_RECIPIENTS} recipients, not ${stanzas.length}`);
  }
  const labels = new Set<string>();
  const keys = new Map<string, string>();
  for (const { label, publicKey } of stanzas) {
    if (labels.has(label)) {
      throw new Fault('input', `there is a recipient ${label} already`, { hint: 'pqx recipients list' });
    }
    labels.add(label);
    const key = base64Encode(publicKey);
    const other = keys.get(key);
    if (other !== undefined)
      throw new Fault('input', `${label} and ${other} are the same public key`, {
        hint: 'pqx recipients list',
      });
    keys.set(key, label);
  }
}

/** The tag over the canonical JSON of everything else. */
async function sealOf(text: string, dek: Uint8Array, id: Uint8Array): Promise<CanonicalObject> {
  const key = sealKeyOf(dek, id);
  const nonce = randomBytes(AEAD.nonce);
  const tag = await sealAead(key, nonce, new Uint8Array(), utf8(compactJson(text)));
  wipe(key);
  return { nonce_b64: base64Encode(nonce), tag_b64: base64Encode(tag) };
}

/** One member a line, and below it one entry and one recipient a line: a change of one is a diff of one. */
function laidOut(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, json]) => `  "${name}": ${json}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function entriesJson(entries: ReadonlyMap<string, string>): string {
  if (entries.size === 0) return '{}';
  const lines = [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, json]) => `    ${canonicalJson(name)}:${json}`);
  return `{\n${lines.join(',\n')}\n  }`;
}

function stanzaJson(stanza: Stanza): string {
  const json = canonicalJson({
    alg: stanza.alg,
    kem_ciphertext_b64: base64Encode(stanza.kemCiphertext),
    label: stanza.label,
    nonce_b64: base64Encode(stanza.wrappedDek.nonce),
    public_key_b64: base64Encode(stanza.publicKey),
    public_key_sha3_256: hexEncode(sha3_256(stanza.publicKey)),
    wrapped_dek_b64: base64Encode(stanza.wrappedDek.ciphertext),
  });
  return `    ${json}`;
}
