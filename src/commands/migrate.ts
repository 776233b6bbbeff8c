import { isName } from '../bundle/names.ts';
import { openBundle } from '../bundle/open.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import type { BundleFormat } from '../bundle/unlocked.ts';
import { checkLabel } from '../bundle/v2-write.ts';
import type { GlobalOptions } from '../cli.ts';
import { type PrivateKey, publicKeyOf } from '../crypto/kem.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { findBundle, isInjected, withIdentity } from './access.ts';
import { bundleLine } from './again.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { bundleFormat } from './bundle-format.ts';
import { rewriteBundle } from './edit.ts';
import { whereabouts } from './keychain.ts';
import { defaultLabel } from './own-recipient.ts';
import { type BundlePlace, wordBundle } from './profile-files.ts';
import { reseal } from './reseal.ts';

const OPTIONS = { 'bundle-format': { type: 'string' }, label: { type: 'string' } } as const;

/** `migrate`: what older engines left is brought to what is written today, in one go. Plaintext stays in the process. */
export async function migrate(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { values } = readArguments('migrate', args, OPTIONS);
  const wanted = bundleFormat('migrate', values['bundle-format']);
  if (values.label !== undefined) checkArgument(checkLabel, values.label);
  const place = await wordBundle(world, options);
  const done = [
    ...(await migrateAccount(world)),
    await migrateBundle(world, place, wanted, values.label ?? defaultLabel()),
    await withIdentity(world, async (key) => noteOf(key)),
  ].filter((line) => line !== undefined);
  if (done.length > 0) await recordWord(world, options, { event: 'migrate', bundle: place.path });
  world.stderr.write(done.length === 0 ? 'there is nothing to migrate\n' : done.join(''));
  return 0;
}

/** Only where something says that the keychain is used: nobody else is to be asked for it. */
async function migrateAccount(world: World): Promise<readonly string[]> {
  const names = ['PQC_KEYCHAIN_ACCOUNT_OLD', 'PQC_KEYCHAIN_ACCOUNT_NEW'];
  const named = names.some((name) => (world.env(name) ?? '') !== '');
  if (isInjected(world) || (!named && whereabouts(world).store !== 'keychain')) return [];
  return (await import('./migrate-account.ts')).migrateAccount(world);
}

/** Older engines keep their keys in the expanded form, which stays: it opens what it opened. */
function noteOf(key: PrivateKey): string | undefined {
  if (key.form === 'seed') return undefined;
  return 'the identity is in the expanded form of older engines, and goes on as it is: pqx rotate   makes a new one, which is a seed\n';
}

async function migrateBundle(
  world: World,
  place: BundlePlace,
  wanted: BundleFormat | undefined,
  label: string,
): Promise<string | undefined> {
  const { path } = place;
  const found = findBundle(path);
  if (found === undefined) return undefined;
  const format = targetFormat(world, found, wanted, path);
  if (format === undefined) return undefined;
  let count = 0;
  await rewriteBundle(world, place, async (bundle, key) => {
    const secrets = await openBundle(bundle, key, 'all', path);
    try {
      if (format === 'v2') refuseOddNames(world, secrets, path);
      count = secrets.size;
      const recipients = [{ alg: key.alg, label, publicKey: await publicKeyOf(key) }];
      return await reseal(secrets, { format, recipients, revision: 1 }, key, world.now(), path);
    } finally {
      wipeValues(secrets);
    }
  });
  return `${printable(path)} is now a bundle of format ${format} with ${counted(count, 'key')}; the former one is beside it as .bak\n`;
}

/** The format to write; undefined when the bundle is in it, or in one that is still written and nothing was said. */
function targetFormat(
  world: World,
  bundle: Bundle,
  wanted: BundleFormat | undefined,
  path: string,
): BundleFormat | undefined {
  switch (bundle.format) {
    case 'v1-single':
      return wanted ?? 'v1';
    case 'v1':
      return wanted === 'v2' ? 'v2' : undefined;
    case 'v2':
      if (wanted !== 'v1') return undefined;
      throw new Fault('input', `${path} is of format v2, and nothing goes back to v1`, {
        hint: `${bundleLine(world, path, 'export --format dotenv')} | pqx --bundle ${shellWord(`${path}.v1`)} pack --bundle-format v1   makes another bundle`,
      });
  }
}

function refuseOddNames(world: World, secrets: Secrets, path: string): void {
  const odd = [...secrets.keys()].find((name) => !isName(name));
  if (odd === undefined) return;
  throw new Fault(
    'input',
    `${path} holds the name ${odd}, which format v2 does not take; nothing was changed`,
    {
      hint: `${bundleLine(world, path, `unset ${shellWord(printable(odd))}`)}   removes it; rename with it and a better name keeps its value`,
    },
  );
}
