import { Fault } from '../fault.ts';
import type { JsonLimits } from '../json.ts';

/** The largest file that is read as a bundle, and so the largest that is written, in bytes. */
export const BUNDLE_LIMIT = 16 * 1024 * 1024;

/** The most secrets that are taken from one text, in a v1 bundle or in KEY=VALUE lines. */
export const MOST_SECRETS = 100_000;

/** Enough for every bundle of version 1, and for saying what is wrong with one of version 2 of ten thousand entries. */
export const DOCUMENT_LIMITS: JsonLimits = { depth: 16, containers: 50_000, items: 200_000 };
/** Of what is encrypted in version 1, with members that a later engine may add. */
export const PAYLOAD_LIMITS: JsonLimits = { depth: 16, containers: 1000, items: MOST_SECRETS };

/** `bytes`, unless no reader would take them: a Fault `input`, before anything is written. */
export function checkFileSize(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= BUNDLE_LIMIT) return bytes;
  throw new Fault(
    'input',
    `the bundle would be larger than ${BUNDLE_LIMIT} bytes, and no reader would take it`,
    {
      hint: 'keep large values in a second bundle: --bundle FILE',
    },
  );
}
