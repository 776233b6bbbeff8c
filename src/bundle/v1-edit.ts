/** Changing a v1 bundle: its one payload is decrypted whole and sealed anew, for the same public key. */
import { type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { checkName, checkValue } from './names.ts';
import type { BundleV1, BundleV1Single, Recipient, Secrets } from './types.ts';
import type { Unlocked } from './unlocked.ts';
import { openV1, sealV1 } from './v1.ts';
import { openV1Single } from './v1-single.ts';

export async function unlockedV1(bundle: BundleV1, key: PrivateKey, file: string): Promise<Unlocked> {
  return holding(await openV1(bundle, key, file), await publicKeyOf(key));
}

export async function unlockedV1Single(
  bundle: BundleV1Single,
  key: PrivateKey,
  file: string,
): Promise<Unlocked> {
  return holding(await openV1Single(bundle, key, file), await publicKeyOf(key));
}

export function newV1({ alg, publicKey }: Recipient): Unlocked {
  if (alg === 'ML-KEM-768') return holding(new Map(), publicKey);
  throw new Fault('input', `a v1 bundle is for ML-KEM-768 keys, and this identity's is an ${alg} key`, {
    hint: 'pqx pack --bundle-format v2',
  });
}

function holding(secrets: Secrets, publicKey: Uint8Array): Unlocked {
  const remove = (name: string) => {
    const former = secrets.get(name);
    if (former !== undefined) wipe(former);
    secrets.delete(name);
  };
  return {
    format: 'v1',
    names: () => [...secrets.keys()].sort(),
    read: async (name) => secrets.get(name)?.slice(),
    put: async (name, value) => {
      checkName(name);
      checkValue(name, value);
      remove(name);
      secrets.set(name, value.slice());
    },
    remove,
    file: (now) => sealV1(sorted(secrets), publicKey, now),
    close: () => wipeValues(secrets),
  };
}

function sorted(secrets: Secrets): Secrets {
  return new Map([...secrets].sort(([a], [b]) => (a < b ? -1 : 1)));
}
