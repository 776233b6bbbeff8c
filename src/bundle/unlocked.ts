/** A bundle that was opened to be changed: what every format lets a word do with it, and the new one of either format. */
import type { PrivateKey } from '../crypto/kem.ts';
import type { Bundle, Recipient } from './types.ts';
import { newV1, unlockedV1, unlockedV1Single } from './v1-edit.ts';
import { newV2, unlockedV2 } from './v2-edit.ts';

/** The formats that are written. */
export type BundleFormat = 'v1' | 'v2';

export interface Unlocked {
  readonly format: BundleFormat;
  /** As they stand now, sorted. */
  names(): readonly string[];
  /** A copy, to be wiped; undefined when there is none of that name. Faults `damaged` and `not-a-bundle`. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Encrypts one value, whether the name is new or not. A Fault `input` for a name or value that no bundle may hold. */
  put(name: string, value: Uint8Array): Promise<void>;
  remove(name: string): void;
  /** The new file; `now` becomes its time. A Fault `input` when no reader would take it. */
  file(now: Date): Promise<Uint8Array>;
  /** Wipes the data key, or the values. */
  close(): void;
}

/**
 * Opens the bundle for a change, to be closed. v2 decrypts no value; of v1 the single-envelope layout, which is read
 * only, becomes the double one. Faults `not-for-this-identity`, `damaged` and `not-a-bundle` that name `file`.
 */
export async function unlock(bundle: Bundle, key: PrivateKey, file: string): Promise<Unlocked> {
  switch (bundle.format) {
    case 'v1':
      return unlockedV1(bundle, key, file);
    case 'v1-single':
      return unlockedV1Single(bundle, key, file);
    case 'v2':
      return unlockedV2(bundle, key, file);
  }
}

/** A bundle without entries for one recipient. A Fault `input` for a recipient that the format cannot be for. */
export async function newBundle(format: BundleFormat, recipient: Recipient): Promise<Unlocked> {
  return format === 'v1' ? newV1(recipient) : newV2(recipient);
}
