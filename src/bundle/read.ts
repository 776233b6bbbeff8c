/** From the bytes of a file to a bundle: the shape alone, nothing is decrypted (FORMAT, order of checks). */
import { isObject, notABundle } from './fields.ts';
import type { Bundle } from './types.ts';
import { readV1 } from './v1.ts';
import { readV1Single } from './v1-single.ts';

/** The largest file that is read as a bundle, in bytes. */
export const BUNDLE_LIMIT = 16 * 1024 * 1024;

/** Throws a Fault `not-a-bundle` that names `file` and the field which is wrong. */
export function readBundle(bytes: Uint8Array, file: string): Bundle {
  if (bytes.length > BUNDLE_LIMIT) throw notABundle(file, `it is larger than ${BUNDLE_LIMIT} bytes`);
  const document = parse(bytes, file);
  if (!isObject(document)) throw notABundle(file, 'it is not a JSON object');
  const { version } = document;
  if (version !== 1) throw notABundle(file, 'field version names no known version');
  return Object.hasOwn(document, 'keywrap') ? readV1(document, file) : readV1Single(document, file);
}

/** The names in a bundle that has them in clear; undefined for one whose names are encrypted. */
export function clearNames(bundle: Bundle): readonly string[] | undefined {
  switch (bundle.format) {
    case 'v1':
    case 'v1-single':
      return undefined;
  }
}

/** The parser's own message would quote the text. */
function parse(bytes: Uint8Array, file: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notABundle(file, 'it is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw notABundle(file, text.trim() === '' ? 'it is empty' : 'it is not JSON');
  }
}
