import { openBundle } from '../bundle/open.ts';
import { readBundle } from '../bundle/read.ts';
import type { Recipient, Secrets } from '../bundle/types.ts';
import type { BundleFormat } from '../bundle/unlocked.ts';
import { sealV1 } from '../bundle/v1.ts';
import { sealV2 } from '../bundle/v2-write.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { equalBytes, wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';

/** What the new bundle is. */
export interface Reseal {
  readonly format: BundleFormat;
  readonly recipients: readonly Recipient[];
  readonly revision: number;
}

/**
 * The file of `secrets` under a new data key, proved before anybody writes it: `key`, one of the recipients', opens it to
 * the same values. Faults `input` as `sealV1` and `sealV2`; `damaged` for what must never happen.
 */
export async function reseal(
  secrets: Secrets,
  { format, recipients, revision }: Reseal,
  key: PrivateKey,
  now: Date,
  path: string,
): Promise<Uint8Array> {
  const sorted = new Map([...secrets].sort(([a], [b]) => (a < b ? -1 : 1)));
  const [first] = recipients;
  const file =
    format === 'v1' && first !== undefined
      ? await sealV1(sorted, first.publicKey, now)
      : await sealV2(sorted, recipients, now, revision);
  const again = await openBundle(readBundle(file, path), key, 'all', path);
  const same =
    again.size === secrets.size &&
    [...secrets].every(([name, value]) => equalBytes(value, again.get(name) ?? new Uint8Array()));
  wipeValues(again);
  if (same) return file;
  throw new Fault(
    'damaged',
    `what was sealed for ${path} does not open to the same values; nothing was changed`,
  );
}
