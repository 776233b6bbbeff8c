/** The part of `migrate` that is about the keychain: from the account of older engines to today's, and to today's text. */
import { wipe } from '../crypto/wipe.ts';
import { hasFileIdentity } from '../identity/file-store.ts';
import { readRecord, writeRecord } from '../identity/keychain-record.ts';
import { entryName, readEntry, writeKey } from '../identity/keychain-write.ts';
import { withLock } from '../store/lock.ts';
import { configDir } from '../store/paths.ts';
import { ensureStoreDirectory } from '../store/write.ts';
import type { World } from '../world.ts';
import { ACCOUNT, accountNamed, OLDER_ACCOUNT, placeOf } from './keychain.ts';

/**
 * What was done. The older entry stays, for engines that still read it; and so does an entry of the newer account, which
 * may be of a rotation since.
 */
export async function migrateAccount(world: World): Promise<readonly string[]> {
  const dir = configDir(world.env);
  const older = accountNamed(world, 'PQC_KEYCHAIN_ACCOUNT_OLD') ?? OLDER_ACCOUNT;
  const recorded = readRecord(dir).account;
  const account =
    accountNamed(world, 'PQC_KEYCHAIN_ACCOUNT_NEW', 'PQC_KEYCHAIN_ACCOUNT') ??
    (recorded === older ? undefined : recorded) ??
    ACCOUNT;
  ensureStoreDirectory(dir);
  return withLock(dir, async () => {
    const place = placeOf(world, account);
    const there = readEntry(place);
    const key = there ?? readEntry({ ...place, account: older });
    if (key === undefined) return [];
    const wrote = writeKey(place, key);
    wipe(key.bytes);
    // From here on the newer account is this identity's, without a variable that says so.
    if (!hasFileIdentity(dir) && recorded !== account)
      writeRecord(dir, { account, former: readRecord(dir).former });
    if (!wrote) return [];
    return there === undefined
      ? [
          `the identity in the keychain is now ${entryName(account)}; ${entryName(older)} stays, for older engines\n`,
        ]
      : [`the entry ${entryName(account)} of the keychain is now in hex\n`];
  });
}
