import { Fault } from '../fault.ts';

/** The largest file that is read as a bundle, and so the largest that is written, in bytes. */
export const BUNDLE_LIMIT = 16 * 1024 * 1024;

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
