import { hostname } from 'node:os';
import type { Recipient } from '../bundle/types.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { publicKeyOf } from '../crypto/kem.ts';
import { equalBytes } from '../crypto/wipe.ts';
import { Fault, isMissing } from '../fault.ts';
import { isKept } from '../identity/kept.ts';
import { formerAccounts, readRecord } from '../identity/keychain-record.ts';
import { type Recipient as PublicKey, readRecipient } from '../identity/recipient.ts';
import { shellWord } from '../quote.ts';
import { configDir, RECIPIENT_FILE } from '../store/paths.ts';
import type { World } from '../world.ts';
import { hasIdentity, insideLaunch, isInjected, withIdentity } from './access.ts';

/**
 * Whom a new bundle is for. When this user has the private key, the public key must be its own: a `recipient.pub` that
 * was exchanged would hand every secret to somebody else. Without the private key `recipient.pub` is taken as it is.
 * Faults `identity`.
 */
export async function ownRecipient(world: World, label = defaultLabel()): Promise<Recipient> {
  const dir = configDir(world.env);
  const path = `${dir}/${RECIPIENT_FILE}`;
  const beside = readPublicKey(path);
  if (!(await hasIdentity(world))) {
    if (beside !== undefined) return { ...beside, label };
    throw new Fault('identity', `there is no identity in ${dir}`, {
      hint: insideLaunch(world) ?? `${world.program} keygen`,
    });
  }
  const own = await withIdentity(world, async (key) => ({ alg: key.alg, publicKey: await publicKeyOf(key) }));
  // A kill in the middle of a rotation leaves the public key of a kept identity: nobody else's.
  const isOwn =
    isInjected(world) ||
    beside === undefined ||
    equalBytes(own.publicKey, beside.publicKey) ||
    isKept(dir, beside.publicKey) ||
    formerAccounts(readRecord(dir), [hexEncode(sha3_256(beside.publicKey))]).length > 0;
  if (isOwn) return { ...own, label };
  throw new Fault(
    'identity',
    `${path} is not the public key of the identity beside it; nothing was encrypted to it`,
    { hint: `mv ${shellWord(path)} ${shellWord(`${path}.other`)} && pqx init   writes the identity's own` },
  );
}

/** The name of this machine, as far as a label can hold it. */
export function defaultLabel(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9._@-]/g, '-')
    .slice(0, 64);
  return name === '' ? 'own' : name;
}

function readPublicKey(path: string): PublicKey | undefined {
  try {
    return readRecipient(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
