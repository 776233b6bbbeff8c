/** A v2 bundle as a document, to be changed as one who has the file could, and written in canonical order again. */
import { entryText } from '../../src/bundle/v2-entries.ts';
import { unlockV2 } from '../../src/bundle/v2-open.ts';
import { type Draft, writeV2 } from '../../src/bundle/v2-write.ts';
import type { PrivateKey } from '../../src/crypto/kem.ts';
import { asV2 } from '../support/v2.ts';

export interface EntryDocument {
  nonce_b64: string;
  ciphertext_b64: string;
}

export interface StanzaDocument {
  alg: string;
  label: string;
  public_key_b64: string;
  public_key_sha3_256: string;
  kem_ciphertext_b64: string;
  nonce_b64: string;
  wrapped_dek_b64: string;
}

export interface Document {
  version: number;
  bundle_id: string;
  revision: number;
  updated_utc: string;
  recipients: StanzaDocument[];
  dek_commitment_b64: string;
  entries: Record<string, EntryDocument>;
  seal: { nonce_b64: string; tag_b64: string };
}

export function documentOf(bytes: Uint8Array): Document {
  const document: Document = JSON.parse(new TextDecoder().decode(bytes));
  return document;
}

/** Canonical again, whatever was changed. */
export function bytesOf(document: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sorted(document)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

/** The bundle with what `change` makes of its draft, sealed again: only one who has the data key can do this. */
export async function resealed(
  bytes: Uint8Array,
  key: PrivateKey,
  change: (draft: Draft) => Draft,
): Promise<Uint8Array> {
  const bundle = asV2(bytes);
  const dek = await unlockV2(bundle, key, 'bundle');
  const entries = new Map(bundle.names.map((name) => [name, entryText(bundle, name) ?? '']));
  const { id, revision, recipients } = bundle;
  return writeV2(change({ id, revision, recipients, entries }), dek, new Date());
}
