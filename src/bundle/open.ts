import type { PrivateKey } from '../crypto/kem.ts';
import { wipe } from '../crypto/wipe.ts';
import type { Bundle, Secrets } from './types.ts';
import { openV1 } from './v1.ts';
import { openV1Single } from './v1-single.ts';
import { openV2 } from './v2-open.ts';

/**
 * The values of the wanted names (those that the bundle holds), or of all. v1 is decrypted whole and the rest wiped; of
 * v2 nothing else is decrypted. Throws Faults `not-for-this-identity`, `damaged` and `not-a-bundle` that name `file`.
 */
export async function openBundle(
  bundle: Bundle,
  key: PrivateKey,
  wanted: 'all' | readonly string[],
  file: string,
): Promise<Secrets> {
  switch (bundle.format) {
    case 'v1':
      return only(await openV1(bundle, key, file), wanted);
    case 'v1-single':
      return only(await openV1Single(bundle, key, file), wanted);
    case 'v2':
      return openV2(bundle, key, wanted, file);
  }
}

function only(secrets: Secrets, wanted: 'all' | readonly string[]): Secrets {
  return wanted === 'all' ? secrets : keepOnly(secrets, wanted);
}

/** Those of the names, of which some may not be there; the values of all others are wiped. */
export function keepOnly(secrets: Secrets, names: readonly string[]): Secrets {
  const kept: Secrets = new Map();
  for (const [name, value] of secrets) {
    if (names.includes(name)) kept.set(name, value);
    else wipe(value);
  }
  return kept;
}
