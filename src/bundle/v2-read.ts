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
import { DEK_SIZE } from './v2-keys.ts';

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
  const head = /^\{"bundle_id":"([0-9a-f]{32})","dek_commitment_b64":"([^"]{44})","entries":\{/.exec(text);
  const entries = head === null ? undefined : readEntries(text, head[0].length);
  if (head === null || entries === undefined) return undefined;
  const recipients = readRecipients(text, entries.end);
  const tail = recipients === undefined ? undefined : readTail(text, recipients.end);
  const id = hexDecode(head[1] ?? '');
  const commitment = base64Decode(head[2] ?? '');
  if (recipients === undefined || tail === undefined || id === undefined || commitment?.length !== 32) {
    return undefined;
  }
  // The one text with a colon in it, next to which white space may stand elsewhere.
  if (!fileText.includes(`"${tail.updatedUtc}"`)) return undefined;
  return {
    format: 'v2',
    id,
    revision: tail.revision,
    updatedUtc: tail.updatedUtc,
    recipients: recipients.stanzas,
    commitment,
    names: entries.names,
    text,
    entriesAt: entries.at,
    seal: tail.seal,
    sealed: text.slice(0, tail.sealAt) + text.slice(tail.sealEnd),
  };
}

interface Entries {
  readonly names: readonly string[];
  readonly at: readonly number[];
  /** Where the closing brace stands. */
  readonly end: number;
}

/** Entries in strictly rising order of their names: sorted, and none twice. */
function readEntries(text: string, from: number): Entries | undefined {
  // The last character before the padding has bits that encode nothing: zero in canonical base64.
  const entry =
    /"[A-Za-z_][A-Za-z0-9_]{0,255}":\{"ciphertext_b64":"[A-Za-z0-9+/]+(?:[AQgw]==|[AEIMQUYcgkosw048]=)?","nonce_b64":"[A-Za-z0-9+/]{16}"\}/y;
  const names: string[] = [];
  const starts: number[] = [];
  let before = '';
  let at = from;
  if (text[at] === '}') return { names, at: starts, end: at };
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
    if (text[end] === '}') return { names, at: starts, end };
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

interface Recipients {
  readonly stanzas: readonly Stanza[];
  /** Where the closing bracket stands. */
  readonly end: number;
}

/** From the brace that closes the entries to the end of the recipients: 1 to 1,000, labels and public keys unique. */
function readRecipients(text: string, from: number): Recipients | undefined {
  const opening = '},"recipients":[';
  if (!text.startsWith(opening, from)) return undefined;
  const pattern =
    /\{"alg":"(ML-KEM-768|ML-KEM-1024)","kem_ciphertext_b64":"([^"]+)","label":"([A-Za-z0-9._@-]{1,64})","nonce_b64":"([^"]{16})","public_key_b64":"([^"]+)","public_key_sha3_256":"([0-9a-f]{64})","wrapped_dek_b64":"([^"]{64})"\}/y;
  const stanzas: Stanza[] = [];
  const labels = new Set<string>();
  const keys = new Set<string>();
  pattern.lastIndex = from + opening.length;
  for (;;) {
    const match = pattern.exec(text);
    const stanza = match === null ? undefined : stanzaOf(match);
    if (match === null || stanza === undefined || stanzas.length === MOST_RECIPIENTS) return undefined;
    stanzas.push(stanza);
    labels.add(stanza.label);
    keys.add(match[5] ?? '');
    if (labels.size < stanzas.length || keys.size < stanzas.length) return undefined;
    const end = pattern.lastIndex;
    if (text[end] === ']') return { stanzas, end };
    if (text[end] !== ',') return undefined;
    pattern.lastIndex = end + 1;
  }
}

function stanzaOf(match: RegExpExecArray): Stanza | undefined {
  const [, algText, kemText = '', label = '', nonceText = '', keyText = '', hashText = '', dekText = ''] =
    match;
  const alg = algText === 'ML-KEM-768' ? 'ML-KEM-768' : 'ML-KEM-1024';
  const kemCiphertext = base64Decode(kemText);
  const publicKey = base64Decode(keyText);
  const hash = hexDecode(hashText);
  const wrappedDek = decodeSealed(nonceText, dekText);
  if (
    kemCiphertext?.length !== KEM_SIZES[alg].ciphertext ||
    publicKey?.length !== KEM_SIZES[alg].publicKey ||
    hash === undefined ||
    wrappedDek?.nonce.length !== AEAD.nonce ||
    wrappedDek.ciphertext.length !== DEK_SIZE + AEAD.tag ||
    !equalBytes(hash, sha3_256(publicKey))
  ) {
    return undefined;
  }
  return { alg, label, publicKey, kemCiphertext, wrappedDek };
}

interface Tail {
  readonly revision: number;
  readonly updatedUtc: string;
  readonly seal: BundleV2['seal'];
  /** Where `"seal":{…},` stands. */
  readonly sealAt: number;
  readonly sealEnd: number;
}

function readTail(text: string, from: number): Tail | undefined {
  const pattern =
    /\],"revision":([1-9][0-9]{0,15}),("seal":\{"nonce_b64":"([^"]{16})","tag_b64":"([^"]{24})"\},)"updated_utc":"([^"]{27})","version":2\}$/y;
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, revisionText = '', sealText = '', nonceText = '', tagText = '', updatedUtc = ''] = match;
  const revision = Number(revisionText);
  const seal = decodeSealed(nonceText, tagText);
  if (seal?.ciphertext.length !== AEAD.tag || !Number.isSafeInteger(revision) || !isUtc(updatedUtc))
    return undefined;
  const sealAt = from + '],"revision":,'.length + revisionText.length;
  return {
    revision,
    updatedUtc,
    seal: { nonce: seal.nonce, tag: seal.ciphertext },
    sealAt,
    sealEnd: sealAt + sealText.length,
  };
}
