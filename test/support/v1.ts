/** Makes bundles of version 1 for a user who has keys: anyone can who has the public key, with any names whatever. */
import { writeFileSync } from 'node:fs';
import { sealV1 } from '../../src/bundle/v1.ts';
import type { User } from './programs.ts';
import { bundleFile, ownRecipient, secretsOf } from './v2.ts';

export async function putV1(user: User, values: Readonly<Record<string, string>>): Promise<string> {
  const path = bundleFile(user);
  const bytes = await sealV1(secretsOf(values), ownRecipient(user).publicKey, new Date());
  writeFileSync(path, bytes, { mode: 0o600 });
  return path;
}
