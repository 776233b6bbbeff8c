import { openBundle } from '../bundle/open.ts';
import type { Bundle, BundleV2, Recipient } from '../bundle/types.ts';
import { rewrapV2 } from '../bundle/v2-edit.ts';
import { checkLabel } from '../bundle/v2-write.ts';
import type { GlobalOptions } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, wipeValues } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { suggestion } from '../profile/nearest.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { requireBundle } from './access.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { subwordOf } from './choice.ts';
import { rewriteBundle } from './edit.ts';
import { type BundlePlace, wordBundle } from './profile-files.ts';
import { readPublicKeyFile } from './public-key.ts';
import { reseal } from './reseal.ts';

const SUBWORDS = ['list', 'add', 'remove'] as const;

/** `recipients [list | add FILE --label L | remove LABEL]`: who can open the bundle (v2). */
export async function recipients(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { subword, rest } = subwordOf('recipients', args, SUBWORDS, 'list');
  const place = await wordBundle(world, options);
  switch (subword) {
    case 'list':
      return list(world, place.path, rest);
    case 'add':
      return add(world, options, place, rest);
    case 'remove':
      return remove(world, options, place, rest);
  }
}

function list(world: World, path: string, args: readonly string[]): number {
  const { values } = readArguments('recipients', args, { json: { type: 'boolean' } });
  const rows = requireV2(requireBundle(world, path), path).recipients.map(({ label, alg, publicKey }) => ({
    label,
    alg,
    public_key_sha3_256: hexEncode(sha3_256(publicKey)),
  }));
  const width = Math.max(...rows.map(({ label }) => label.length));
  world.stdout.write(
    values.json === true
      ? `${JSON.stringify(rows, null, 2)}\n`
      : rows.map((row) => `${row.label.padEnd(width)}  ${row.alg}  ${row.public_key_sha3_256}\n`).join(''),
  );
  return 0;
}

async function add(
  world: World,
  options: GlobalOptions,
  place: BundlePlace,
  args: readonly string[],
): Promise<number> {
  const { path } = place;
  const { values, positionals } = readArguments(
    'recipients',
    args,
    { label: { type: 'string' } },
    { least: 1, most: 1, what: 'a FILE with a public key' },
  );
  const { label } = values;
  if (label === undefined) {
    throw new Fault('usage', '`recipients add` needs a label to know this public key by', {
      hint: 'pqx recipients add FILE --label NAME',
    });
  }
  checkArgument(checkLabel, label);
  const added = { ...readPublicKeyFile(world, positionals[0] ?? ''), label };
  await rewriteBundle(world, place, (bundle, key) =>
    rewrapV2(requireV2(bundle, path), key, (present) => [...present, added], world.now(), path),
  );
  await recordWord(world, options, { event: 'recipients add', bundle: path, how: label });
  world.stderr.write(`${label} can open ${printable(path)} from now on, with every key that is in it\n`);
  return 0;
}

/** From here on the one removed opens nothing; what was seen before is only mended where the keys are issued. */
async function remove(
  world: World,
  options: GlobalOptions,
  place: BundlePlace,
  args: readonly string[],
): Promise<number> {
  const { path } = place;
  const { positionals } = readArguments('recipients', args, {}, { least: 1, most: 1, what: 'a LABEL' });
  const [label = ''] = positionals;
  let names: readonly string[] = [];
  await rewriteBundle(world, place, async (bundle, key) => {
    const former = requireV2(bundle, path);
    refuseRemoval(former.recipients, label, await publicKeyOf(key), path);
    ({ names } = former);
    const others = former.recipients.filter((recipient) => recipient.label !== label);
    const secrets = await openBundle(former, key, 'all', path);
    try {
      const shape = { format: 'v2', recipients: others, revision: former.revision + 1 } as const;
      return await reseal(secrets, shape, key, world.now(), path);
    } finally {
      wipeValues(secrets);
    }
  });
  await recordWord(world, options, { event: 'recipients remove', bundle: path, how: label });
  world.stderr.write(
    `${label} cannot open ${printable(path)} any more, nor what is added to it.\nBut ${label} has seen, or can open in an older copy: ${counted(names.length, 'key')}. Change them at their providers:\n`,
  );
  world.stderr.write(names.map((name) => `  ${name}\n`).join(''));
  return 0;
}

function refuseRemoval(present: readonly Recipient[], label: string, own: Uint8Array, path: string): void {
  const found = present.find((recipient) => recipient.label === label);
  if (found === undefined) {
    const labels = present.map((recipient) => recipient.label);
    throw new Fault('input', `${path} has no recipient ${label}`, {
      hint: suggestion(label, labels) ?? 'pqx recipients list',
    });
  }
  if (!equalBytes(found.publicKey, own)) return;
  throw new Fault('input', `${label} is this identity itself, which could open ${path} no more`, {
    hint: 'another recipient removes this one; pqx rotate   gives this one a new identity',
  });
}

function requireV2(bundle: Bundle, path: string): BundleV2 {
  if (bundle.format === 'v2') return bundle;
  throw new Fault('input', `${path} is a bundle of format v1, which has one recipient alone`, {
    hint: 'pqx migrate --bundle-format v2   makes it one that can have several',
  });
}
