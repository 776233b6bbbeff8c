/** Writing `known.json` (store/known-file.ts reads it). */
import { factsOf } from '#system';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { utf8 } from '../crypto/wipe.ts';
import { type KnownBundle, knownPath, readKnown } from './known-file.ts';
import { withLock } from './lock.ts';
import { writeStoreFile } from './write.ts';

export interface ChangeOptions {
  /** A directory whose lock the caller holds already, as `directoryWritten` names it. */
  readonly held?: string | undefined;
  /** How long another writer is waited for, in milliseconds. */
  readonly patience?: number;
}

/**
 * Makes what is known in `directory` (which must exist) into what `change` makes of it, under the directory's lock.
 * Nothing is written when `change` returns undefined. Faults as those of reading, locking and writing.
 */
export async function changeKnown(
  directory: string,
  change: (known: readonly KnownBundle[]) => readonly KnownBundle[] | undefined,
  { held, patience }: ChangeOptions = {},
): Promise<void> {
  const work = async () => {
    const changed = change(readKnown(directory));
    if (changed !== undefined) writeStoreFile(knownPath(directory), textOf(changed), { mode: 0o600 });
  };
  if (held !== undefined && isSame(held, directory)) await work();
  else await withLock(directory, work, patience);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [factsOf(one), factsOf(other)];
  return typeof a !== 'string' && typeof b !== 'string' && a.identity === b.identity;
}

function textOf(known: readonly KnownBundle[]): Uint8Array {
  const bundles = known.map((bundle) => ({
    path: bundle.path,
    identity: bundle.identity,
    bundle_id: hexEncode(bundle.id),
    dek_commitment_b64: base64Encode(bundle.commitment),
    revision: bundle.revision,
    ...(bundle.names === undefined ? {} : { names: bundle.names }),
    names_sha3_256: hexEncode(bundle.namesHash),
    mac_b64: base64Encode(bundle.mac),
  }));
  return utf8(`${JSON.stringify({ version: 1, bundles }, null, 2)}\n`);
}
