/** From the bytes of a file to a bundle: the shape alone, nothing is decrypted (FORMAT, order of checks). */
import { isObject, parseJson } from '../json.ts';
import { notABundle } from './faults.ts';
import { BUNDLE_LIMIT, DOCUMENT_LIMITS } from './limits.ts';
import type { Bundle } from './types.ts';
import { readV1 } from './v1.ts';
import { readV1Single } from './v1-single.ts';
import { holdsEntry } from './v2-entries.ts';
import { wrongWithV2 } from './v2-explain.ts';
import { endsAsV2, readV2 } from './v2-read.ts';

/** Throws a Fault `not-a-bundle` that names `file` and the field which is wrong. */
export function readBundle(bytes: Uint8Array, file: string): Bundle {
  if (bytes.length > BUNDLE_LIMIT) throw notABundle(file, `it is larger than ${BUNDLE_LIMIT} bytes`);
  const text = decode(bytes, file);
  const bundle = endsAsV2(text) ? readV2(text) : undefined;
  if (bundle !== undefined) return bundle;
  const parsed = parseJson(text, DOCUMENT_LIMITS);
  if ('wrong' in parsed) throw notABundle(file, parsed.wrong);
  const document = parsed.value;
  if (!isObject(document)) throw notABundle(file, 'it is not a JSON object');
  const { version } = document;
  if (version === 2) throw notABundle(file, wrongWithV2(text, document));
  if (version !== 1) throw notABundle(file, 'field version names no known version');
  return document['keywrap'] !== undefined ? readV1(document, file) : readV1Single(document, file);
}

/** The names in a bundle that has them in clear, sorted; undefined for one whose names are encrypted. */
export function clearNames(bundle: Bundle): readonly string[] | undefined {
  switch (bundle.format) {
    case 'v1':
    case 'v1-single':
      return undefined;
    case 'v2':
      return bundle.names;
  }
}

/** Whether `name` is one of them. */
export function holdsClearly(bundle: Bundle, name: string): boolean {
  return bundle.format === 'v2' && holdsEntry(bundle, name);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notABundle(file, 'it is not UTF-8');
  }
}
