/** Makes bundles of version 2 for a user who has keys, as the words do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBundle } from '../../src/bundle/read.ts';
import type { BundleV2, Recipient, Secrets } from '../../src/bundle/types.ts';
import { entryText } from '../../src/bundle/v2-entries.ts';
import { unlockV2 } from '../../src/bundle/v2-open.ts';
import { sealEntry, sealV2, writeV2 } from '../../src/bundle/v2-write.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { readRecipient } from '../../src/identity/recipient.ts';
import type { User } from './programs.ts';

const encoder = new TextEncoder();

export function secretsOf(values: Readonly<Record<string, string>>): Secrets {
  return new Map(Object.entries(values).map(([name, value]) => [name, encoder.encode(value)]));
}

export function ownRecipient(user: User, label = 'me'): Recipient {
  return { label, ...readRecipient(join(user.config, 'recipient.pub')) };
}

export function bundleFile(user: User): string {
  return join(user.config, 'secrets.bundle.json');
}

/** Anyone can do this who has the public key. */
export async function putBundle(
  user: User,
  values: Readonly<Record<string, string>>,
  path = bundleFile(user),
): Promise<BundleV2> {
  const bytes = await sealV2(secretsOf(values), [ownRecipient(user)], new Date());
  writeFileSync(path, bytes, { mode: 0o600 });
  return asV2(bytes, path);
}

/** The next revision of the user's bundle, with these keys besides those that it has: same data key, same entries. */
export async function nextRevision(
  user: User,
  values: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const path = bundleFile(user);
  const bundle = asV2(bytes, path);
  const dek = await unlockV2(bundle, await loadFileIdentity(user.config), path);
  const entries = new Map<string, string>();
  for (const name of bundle.names) entries.set(name, entryText(bundle, name) ?? '');
  for (const [name, value] of Object.entries(values)) {
    entries.set(name, await sealEntry(dek, bundle.id, name, encoder.encode(value)));
  }
  const { id, recipients } = bundle;
  return writeV2({ id, recipients, revision: bundle.revision + 1, entries }, dek, new Date());
}

export function asV2(bytes: Uint8Array, path = 'bundle'): BundleV2 {
  const bundle = readBundle(bytes, path);
  if (bundle.format !== 'v2') throw new Error('not a v2 bundle');
  return bundle;
}
