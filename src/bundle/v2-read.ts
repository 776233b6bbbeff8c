/**
 * Reading a v2 bundle. Its canonical text has one form, so one pass over the file's text without its white space both
 * reads it and proves it canonical: no second text has to be built and compared, which a launch from thousands of entries
 * would pay for. What this pass refuses, v2-explain.ts says in words.
 */
import { AEAD } from '../crypto/aead.ts';
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { equalBytes } from '../crypto/wipe.ts';
import { compactJson, splitsToken } from './canonical.ts';
import { VALUE_LIMIT } from './names.ts';
import type { BundleV2, Stanza } from './types.ts';
import { isUtc } from './utc.ts';
import { decodeSealed } from './v2-entries.ts';
import { DEK_SIZE, ID_SIZE } from './v2-keys.ts';

/** The most recipients of a bundle. */
export const MOST_RECIPIENTS = 1000;

const ENTRY_HEAD = '":{"ciphertext_b64":"'.length;
const ENTRY_TAIL = '","nonce_b64":"0123456789abcdef"}'.length;

/** Whether the text ends as a v2 bundle's does: `version` is the last of the sorted members. */
export function endsAsV2(text: string): boolean {
  let end = '';
  // What compactJson does, without its regular expression: a launch from a v1 bundle needs it for nothing else.
  for (const character of text.slice(-64)) if (!' \t\n\r'.includes(character)) end += character;
  return end.endsWith('"version":2}');
}

/** The bundle, or undefined for any text that is not exactly a v2 bundle's. White space may stand between tokens. */
export function readV2(fileText: string): BundleV2 | undefined {
  if (splitsToken(fileText)) return undefined;
  const text = compactJson(fileText);
  const cursor = { text, at: 0 };
  const id = hexDecode(quoted(cursor, '{"bundle_id":"') ?? '');
  const commitment = base64Decode(quoted(cursor, ',"dek_commitment_b64":"') ?? '');
  if (id?.length !== ID_SIZE || commitment?.length !== 32 || !skip(cursor, ',"entries":{')) return undefined;
  const entries = readEntries(cursor);
  const recipients = entries === undefined ? undefined : readRecipients(cursor);
  const tail = recipients === undefined ? undefined : readTail(cursor);
  if (entries === undefined || recipients === undefined || tail === undefined) return undefined;
  // The one text with a colon in it, next to which white space may stand elsewhere.
  if (!fileText.includes(`"${tail.updatedUtc}"`)) return undefined;
  return {
    format: 'v2',
    id,
    revision: tail.revision,
    updatedUtc: tail.updatedUtc,
    recipients,
    commitment,
    names: entries.names,
    text,
    entriesAt: entries.at,
    seal: tail.seal,
    sealed: text.slice(0, tail.sealAt) + text.slice(tail.sealEnd),
  };
}

/**
 * Where reading has come to in the compact text. What stands there in the same words in every bundle is compared and not
 * matched: a regular expression costs more to make than a launch has use for.
 */
interface Cursor {
  readonly text: string;
  at: number;
}

/** Goes on behind `literal` where it stands at the cursor. */
function skip(cursor: Cursor, literal: string): boolean {
  if (!cursor.text.startsWith(literal, cursor.at)) return false;
  cursor.at += literal.length;
  return true;
}

/** What stands between `opening`, which ends with a quote, and the next quote; undefined where that is not at the cursor. */
function quoted(cursor: Cursor, opening: string): string | undefined {
  if (!skip(cursor, opening)) return undefined;
  const end = cursor.text.indexOf('"', cursor.at);
  if (end < 0) return undefined;
  const text = cursor.text.slice(cursor.at, end);
  cursor.at = end + 1;
  return text;
}

interface Entries {
  readonly names: readonly string[];
  readonly at: readonly number[];
}

/** Entries in strictly rising order of their names, up to the brace that closes them: sorted, and none twice. */
function readEntries(cursor: Cursor): Entries | undefined {
  const { text } = cursor;
  // The last character before the padding has bits that encode nothing: zero in canonical base64.
  const entry =
    /"[A-Za-z_][A-Za-z0-9_]{0,255}":\{"ciphertext_b64":"[A-Za-z0-9+/]+(?:[AQgw]==|[AEIMQUYcgkosw048]=)?","nonce_b64":"[A-Za-z0-9+/]{16}"\}/y;
  const names: string[] = [];
  const starts: number[] = [];
  let before = '';
  let { at } = cursor;
  if (text[at] === '}') return { names, at: starts };
  for (;;) {
    entry.lastIndex = at;
    if (!entry.test(text)) return undefined;
    const end = entry.lastIndex;
    const nameEnd = text.indexOf('"', at + 1);
    const name = text.slice(at + 1, nameEnd);
    if (name <= before || !isEntrySize(text, nameEnd + ENTRY_HEAD, end - ENTRY_TAIL)) return undefined;
    names.push(name);
    starts.push(at);
    before = name;
    at = end + 1;
    cursor.at = end;
    if (text[end] === '}') return { names, at: starts };
    if (text[end] !== ',') return undefined;
  }
}

/** Whether base64 from `start` to `end` has whole groups, and stands for a tag and a value of at most 1 MiB. */
function isEntrySize(text: string, start: number, end: number): boolean {
  const length = end - start;
  const padding = text[end - 1] !== '=' ? 0 : text[end - 2] !== '=' ? 1 : 2;
  const bytes = (length / 4) * 3 - padding;
  return length % 4 === 0 && bytes >= AEAD.tag && bytes <= VALUE_LIMIT + AEAD.tag;
}

/** From the brace that closes the entries to the end of the recipients: 1 to 1,000, labels and public keys unique. */
function readRecipients(cursor: Cursor): readonly Stanza[] | undefined {
  if (!skip(cursor, '},"recipients":[')) return undefined;
  const stanzas: Stanza[] = [];
  const labels = new Set<string>();
  const keys = new Set<string>();
  do {
    const alg = quoted(cursor, '{"alg":"');
    const kemText = quoted(cursor, ',"kem_ciphertext_b64":"');
    const label = quoted(cursor, ',"label":"');
    const nonceText = quoted(cursor, ',"nonce_b64":"');
    const keyText = quoted(cursor, ',"public_key_b64":"');
    const hashText = quoted(cursor, ',"public_key_sha3_256":"');
    const dekText = quoted(cursor, ',"wrapped_dek_b64":"');
    if (!skip(cursor, '}') || (alg !== 'ML-KEM-768' && alg !== 'ML-KEM-1024')) return undefined;
    const kemCiphertext = base64Decode(kemText ?? '');
    const publicKey = base64Decode(keyText ?? '');
    const hash = hexDecode(hashText ?? '');
    const wrappedDek = decodeSealed(nonceText ?? '', dekText ?? '');
    if (
      label === undefined ||
      !isLabel(label) ||
      kemCiphertext?.length !== KEM_SIZES[alg].ciphertext ||
      publicKey?.length !== KEM_SIZES[alg].publicKey ||
      hash === undefined ||
      wrappedDek?.nonce.length !== AEAD.nonce ||
      wrappedDek.ciphertext.length !== DEK_SIZE + AEAD.tag ||
      !equalBytes(hash, sha3_256(publicKey))
    ) {
      return undefined;
    }
    stanzas.push({ alg, label, publicKey, kemCiphertext, wrappedDek });
    labels.add(label);
    keys.add(keyText ?? '');
    if (labels.size < stanzas.length || keys.size < stanzas.length || stanzas.length > MOST_RECIPIENTS)
      return undefined;
  } while (skip(cursor, ','));
  return stanzas;
}

/** Whether it is `[A-Za-z0-9._@-]{1,64}`. */
function isLabel(text: string): boolean {
  for (const character of text) {
    const isLetterOrDigit =
      (character >= 'a' && character <= 'z') ||
      (character >= 'A' && character <= 'Z') ||
      (character >= '0' && character <= '9');
    if (!isLetterOrDigit && !'._@-'.includes(character)) return false;
  }
  return text !== '' && text.length <= 64;
}

interface Tail {
  readonly revision: number;
  readonly updatedUtc: string;
  readonly seal: BundleV2['seal'];
  /** Where `"seal":{…},` stands. */
  readonly sealAt: number;
  readonly sealEnd: number;
}

function readTail(cursor: Cursor): Tail | undefined {
  if (!skip(cursor, '],"revision":')) return undefined;
  const sealAt = cursor.text.indexOf(',', cursor.at) + 1;
  const revisionText = cursor.text.slice(cursor.at, sealAt - 1);
  const revision = Number(revisionText);
  if (!Number.isSafeInteger(revision) || revision < 1 || String(revision) !== revisionText) return undefined;
  cursor.at = sealAt;
  const seal = decodeSealed(
    quoted(cursor, '"seal":{"nonce_b64":"') ?? '',
    quoted(cursor, ',"tag_b64":"') ?? '',
  );
  if (seal?.nonce.length !== AEAD.nonce || seal.ciphertext.length !== AEAD.tag || !skip(cursor, '},'))
    return undefined;
  const sealEnd = cursor.at;
  const updatedUtc = quoted(cursor, '"updated_utc":"') ?? '';
  if (!isUtc(updatedUtc) || !skip(cursor, ',"version":2}') || cursor.at !== cursor.text.length)
    return undefined;
  return { revision, updatedUtc, seal: { nonce: seal.nonce, tag: seal.ciphertext }, sealAt, sealEnd };
}
