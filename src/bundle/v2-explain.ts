/** Why a text that says it is a v2 bundle is none, in words: for messages, after `readV2` has refused it. */
import { AEAD } from '../crypto/aead.ts';
import { base64Decode, hexDecode, hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { KEM_SIZES } from '../crypto/kem-sizes.ts';
import { printable } from '../fault.ts';
import { isObject, type Json } from '../json.ts';
import { compactJson, splitsToken } from './canonical.ts';
import { isName, VALUE_LIMIT } from './names.ts';
import { isUtc } from './utc.ts';
import { MOST_RECIPIENTS } from './v2-read.ts';

const members = () => [
  'bundle_id',
  'dek_commitment_b64',
  'entries',
  'recipients',
  'revision',
  'seal',
  'updated_utc',
  'version',
];
const stanzaMembers = () => [
  'alg',
  'kem_ciphertext_b64',
  'label',
  'nonce_b64',
  'public_key_b64',
  'public_key_sha3_256',
  'wrapped_dek_b64',
];
type Problem = string | undefined;

/** What is wrong with `document`, which was parsed from `text` and whose version is 2. */
export function wrongWithV2(text: string, document: Json): string {
  return (
    wrongWithText(text) ??
    wrongMembers(document, members(), '') ??
    wrongWithFields(document) ??
    wrongWithEntries(document['entries']) ??
    wrongWithRecipients(document['recipients']) ??
    'its text is not the canonical JSON of what it says'
  );
}

function wrongWithText(text: string): Problem {
  if (text.includes('\\')) return 'it holds a backslash, and a v2 bundle has no escapes';
  if (/[^\n\r\t -~]/.test(text)) return 'it holds characters beyond ASCII';
  if (splitsToken(text)) return 'white space stands inside a text or a number';
  return undefined;
}

function wrongMembers(parent: Json, expected: readonly string[], at: string): Problem {
  const path = (name: string) => printable(at === '' ? name : `${at}.${name}`);
  const unknown = Object.keys(parent).find((name) => !expected.includes(name));
  if (unknown !== undefined) return `it has an unknown field ${path(unknown)}`;
  const missing = expected.find((name) => !Object.hasOwn(parent, name));
  return missing === undefined ? undefined : `field ${path(missing)} is missing`;
}

function wrongWithFields(document: Json): Problem {
  const { bundle_id: id, revision, updated_utc: time, seal } = document;
  if (typeof id !== 'string' || hexDecode(id)?.length !== 16 || id !== id.toLowerCase())
    return 'field bundle_id is not 16 bytes in lower-case hex';
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1)
    return 'field revision is not a whole number from 1';
  if (typeof time !== 'string' || !isUtc(time)) return 'field updated_utc is not a time with microseconds';
  if (!isObject(seal)) return 'field seal is not an object';
  return (
    wrongBytes(document, 'dek_commitment_b64', 32, '') ??
    wrongMembers(seal, ['nonce_b64', 'tag_b64'], 'seal') ??
    wrongBytes(seal, 'nonce_b64', 12, 'seal') ??
    wrongBytes(seal, 'tag_b64', 16, 'seal')
  );
}

function wrongWithEntries(entries: unknown): Problem {
  if (!isObject(entries)) return 'field entries is not an object';
  for (const [name, entry] of Object.entries(entries)) {
    if (!isName(name)) return `the entry name ${printable(name.slice(0, 64))} is not of the form of a name`;
    const at = `entries.${name}`;
    if (!isObject(entry)) return `field ${at} is not an object`;
    const wrong =
      wrongMembers(entry, ['ciphertext_b64', 'nonce_b64'], at) ??
      wrongCiphertext(entry, at) ??
      wrongBytes(entry, 'nonce_b64', 12, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongWithRecipients(recipients: unknown): Problem {
  if (!Array.isArray(recipients)) return 'field recipients is not a list';
  if (recipients.length === 0) return 'field recipients is empty';
  if (recipients.length > MOST_RECIPIENTS)
    return `field recipients has ${recipients.length} stanzas, and the most are ${MOST_RECIPIENTS}`;
  const seen = new Map<unknown, string>();
  for (const [index, stanza] of recipients.entries()) {
    const at = `recipients[${index}]`;
    const wrong = wrongWithStanza(stanza, at) ?? wrongTwice(stanza, at, seen);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** `seen`: labels and public keys, and where each stands. */
function wrongTwice(stanza: unknown, at: string, seen: Map<unknown, string>): Problem {
  if (!isObject(stanza)) return undefined;
  for (const name of ['label', 'public_key_b64']) {
    const other = seen.get(stanza[name]);
    if (other !== undefined) return `field ${at}.${name} is that of ${other} too`;
    seen.set(stanza[name], at);
  }
  return undefined;
}

function wrongWithStanza(stanza: unknown, at: string): Problem {
  if (!isObject(stanza)) return `field ${at} is not an object`;
  const members = wrongMembers(stanza, stanzaMembers(), at);
  if (members !== undefined) return members;
  const { alg, label } = stanza;
  if (alg !== 'ML-KEM-768' && alg !== 'ML-KEM-1024') return `field ${at}.alg names no known algorithm`;
  if (typeof label !== 'string' || !/^[A-Za-z0-9._@-]{1,64}$/.test(label))
    return `field ${at}.label is no label`;
  return (
    wrongBytes(stanza, 'kem_ciphertext_b64', KEM_SIZES[alg].ciphertext, at) ??
    wrongBytes(stanza, 'public_key_b64', KEM_SIZES[alg].publicKey, at) ??
    wrongHash(stanza, at) ??
    wrongBytes(stanza, 'nonce_b64', 12, at) ??
    wrongBytes(stanza, 'wrapped_dek_b64', 48, at)
  );
}

function wrongHash(stanza: Json, at: string): Problem {
  const { public_key_b64: key, public_key_sha3_256: hash } = stanza;
  const bytes = typeof key === 'string' ? base64Decode(key) : undefined;
  if (bytes !== undefined && hash === hexEncode(sha3_256(bytes))) return undefined;
  return `field ${at}.public_key_sha3_256 is not the hash of the public key in lower-case hex`;
}

function wrongCiphertext(entry: Json, at: string): Problem {
  const wrong = wrongBytes(entry, 'ciphertext_b64', undefined, at);
  if (wrong !== undefined) return wrong;
  const bytes = base64Decode(String(entry['ciphertext_b64']))?.length ?? 0;
  if (bytes < AEAD.tag) return `field ${at}.ciphertext_b64 has ${bytes} bytes, fewer than ${AEAD.tag}`;
  if (bytes <= VALUE_LIMIT + AEAD.tag) return undefined;
  return `field ${at}.ciphertext_b64 stands for a value of more than ${VALUE_LIMIT} bytes`;
}

function wrongBytes(parent: Json, name: string, length: number | undefined, at: string): Problem {
  const path = at === '' ? name : `${at}.${name}`;
  const text = parent[name];
  const bytes = typeof text === 'string' && compactJson(text) === text ? base64Decode(text) : undefined;
  if (bytes === undefined) return `field ${path} is not canonical base64`;
  if (length !== undefined && bytes.length !== length)
    return `field ${path} has ${bytes.length} bytes, not ${length}`;
  return undefined;
}
