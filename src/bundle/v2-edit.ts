/** Changing a v2 bundle: what is not named stays byte for byte, and the seal is made anew. */
import type { PrivateKey } from '../crypto/kem.ts';
import { randomBytes } from '../crypto/random.ts';
import { wipe } from '../crypto/wipe.ts';
import type { BundleV2, Recipient } from './types.ts';
import type { Unlocked } from './unlocked.ts';
import { entryText, sealedOf } from './v2-entries.ts';
import { DEK_SIZE, ID_SIZE } from './v2-keys.ts';
import { openSealedEntry, unlockV2 } from './v2-open.ts';
import { type Draft, sealEntry, wrapDek, writeV2 } from './v2-write.ts';

export async function unlockedV2(bundle: BundleV2, key: PrivateKey, file: string): Promise<Unlocked> {
  const dek = await unlockV2(bundle, key, file);
  return holding(draftOf(bundle), dek, file);
}

export async function newV2(recipient: Recipient): Promise<Unlocked> {
  const dek = randomBytes(DEK_SIZE);
  const id = randomBytes(ID_SIZE);
  const recipients = [await wrapDek(dek, id, recipient)];
  return holding({ id, revision: 1, recipients, entries: new Map() }, dek, 'the new bundle');
}

/**
 * The file of the bundle with its data key wrapped for `recipients(present)` instead of those that it has: who is there
 * already keeps its stanza. No value is decrypted. Faults as `unlockV2` and `writeV2`.
 */
export async function rewrapV2(
  bundle: BundleV2,
  key: PrivateKey,
  recipients: (present: readonly Recipient[]) => readonly Recipient[],
  now: Date,
  file: string,
): Promise<Uint8Array> {
  const dek = await unlockV2(bundle, key, file);
  try {
    const stanzas = recipients(bundle.recipients).map(
      (recipient) =>
        bundle.recipients.find((stanza) => stanza === recipient) ?? wrapDek(dek, bundle.id, recipient),
    );
    return await writeV2({ ...draftOf(bundle), recipients: await Promise.all(stanzas) }, dek, now);
  } finally {
    wipe(dek);
  }
}

/** The next revision of the bundle, as it stands. */
function draftOf(bundle: BundleV2): Draft {
  const entries = bundle.names.map((name) => [name, entryText(bundle, name) ?? ''] as const);
  const { id, revision, recipients } = bundle;
  return { id, revision: revision + 1, recipients, entries: new Map(entries) };
}

function holding(draft: Draft, dek: Uint8Array, file: string): Unlocked {
  const entries = new Map(draft.entries);
  return {
    format: 'v2',
    names: () => [...entries.keys()].sort(),
    read: async (name) => {
      const entry = sealedOf(entries.get(name) ?? '');
      return entry === undefined ? undefined : openSealedEntry(entry, dek, draft.id, name, file);
    },
    put: async (name, value) => {
      entries.set(name, await sealEntry(dek, draft.id, name, value));
    },
    remove: (name) => {
      entries.delete(name);
    },
    file: (now) => writeV2({ ...draft, entries }, dek, now),
    close: () => wipe(dek),
  };
}
