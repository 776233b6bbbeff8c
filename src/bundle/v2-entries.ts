/** The entries of a v2 bundle that was read: found by name, decoded only when asked for. */
import { base64Decode } from '../crypto/encoding.ts';
import type { BundleV2, Sealed } from './types.ts';

const HEAD = '{"ciphertext_b64":"';
const MIDDLE = '","nonce_b64":"';
const END = '"}';

/** The entry of `name`, or undefined when the bundle holds none. */
export function entryOf(bundle: BundleV2, name: string): Sealed | undefined {
  const text = entryText(bundle, name);
  return text === undefined ? undefined : sealedOf(text);
}

/** What the canonical JSON of an entry says; undefined for any other text. */
export function sealedOf(text: string): Sealed | undefined {
  const middle = text.indexOf(MIDDLE);
  if (!text.startsWith(HEAD) || middle < 0 || !text.endsWith(END)) return undefined;
  const ciphertext = text.slice(HEAD.length, middle);
  const nonce = text.slice(middle + MIDDLE.length, -END.length);
  return nonce === '' || ciphertext === '' ? undefined : decodeSealed(nonce, ciphertext);
}

/** What stands in base64; undefined for other text. */
export function decodeSealed(nonceText: string, ciphertextText: string): Sealed | undefined {
  const nonce = base64Decode(nonceText);
  const ciphertext = base64Decode(ciphertextText);
  return nonce === undefined || ciphertext === undefined ? undefined : { nonce, ciphertext };
}

/** The canonical JSON of the entry of `name`, as it stands in the file; undefined when the bundle holds none. */
export function entryText(bundle: BundleV2, name: string): string | undefined {
  const at = bundle.entriesAt[indexOfSorted(bundle.names, name)];
  if (at === undefined) return undefined;
  const start = at + name.length + '"":'.length;
  return bundle.text.slice(start, bundle.text.indexOf('}', start) + 1);
}

export function holdsEntry(bundle: BundleV2, name: string): boolean {
  return indexOfSorted(bundle.names, name) >= 0;
}

/** Where `name` stands among sorted names; -1 when it does not. */
function indexOfSorted(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = names[middle] ?? '';
    if (found === name) return middle;
    if (found < name) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
