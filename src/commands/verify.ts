import { realPath } from '#system';
import { openBundle } from '../bundle/open.ts';
import type { Bundle } from '../bundle/types.ts';
import type { GlobalOptions } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { wipeValues } from '../crypto/wipe.ts';
import { printable } from '../fault.ts';
import { judge, namesOf } from '../identity/known.ts';
import { acceptPin } from '../identity/known-write.ts';
import { type KnownBundle, readKnown } from '../store/known-file.ts';
import { configDir } from '../store/paths.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { requireBundle, withIdentityFor, withSecrets } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { wordBundlePath } from './profile-files.ts';

/** `verify [--accept]`: opens everything and says what is there; with `--accept` another bundle than before is taken. */
export async function verify(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('verify', args, { accept: { type: 'boolean' } });
  const path = await wordBundlePath(world, options);
  const names =
    values.accept === true
      ? await accept(world, path)
      : await withSecrets(world, path, (secrets) => [...secrets.keys()]);
  if (values.accept === true)
    await recordWord(world, options, { event: 'verify --accept', bundle: path, keys: names });
  world.stdout.write(`Bundle valid: ${counted(names.length, 'key')}\n`);
  world.stdout.write(
    [...names]
      .sort()
      .map((name) => `${printable(name)}\n`)
      .join(''),
  );
  return 0;
}

async function accept(world: World, path: string): Promise<readonly string[]> {
  const bundle = requireBundle(world, path);
  return withIdentityFor(world, bundle, async (key) => {
    const secrets = await openBundle(bundle, key, 'all', path);
    wipeValues(secrets);
    await acceptBundle(world, path, bundle, key, [...secrets.keys()]);
    return [...secrets.keys()];
  });
}

/** Shows what was expected and what is there, and makes that the expected one. */
async function acceptBundle(
  world: World,
  path: string,
  bundle: Bundle,
  key: PrivateKey,
  names: readonly string[],
): Promise<void> {
  const directory = configDir(world.env);
  const place = realPath(path) ?? path;
  const seen = bundle.format === 'v2' ? bundle : undefined;
  const verdict = judge(readKnown(directory), key, place, seen);
  if (verdict.kind === 'older' || verdict.kind === 'exchanged') {
    world.stdout.write(difference(verdict.pin, bundle, names));
  } else if (verdict.kind === 'forged') {
    world.stdout.write('before: not known, since somebody else wrote it\n');
    world.stdout.write(`now:    ${described(bundle, names.length)}\n`);
  }
  await acceptPin(directory, key, place, seen);
}

function difference(pin: KnownBundle, bundle: Bundle, names: readonly string[]): string {
  const before = namesOf(pin);
  const said = before === undefined ? '' : `, ${counted(before.length, 'key')}`;
  const lines = [
    `before: v2, id ${hexEncode(pin.id)}, revision ${pin.revision}${said}`,
    `now:    ${described(bundle, names.length)}`,
  ];
  if (before === undefined) lines.push('which names changed is not known');
  else {
    lines.push(...changes('gone', before, names), ...changes('new', names, before));
    if (lines.length === 2) lines.push('the names are the same; their values may not be');
  }
  return `${lines.join('\n')}\n`;
}

function described(bundle: Bundle, keys: number): string {
  const id = bundle.format === 'v2' ? `v2, id ${hexEncode(bundle.id)}, revision ${bundle.revision}` : 'v1';
  return `${id}, ${counted(keys, 'key')}`;
}

/** A line with the names of `these` that `others` lack. */
function changes(what: string, these: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  const names = these.filter((name) => !known.has(name));
  return names.length === 0 ? [] : [`${`${what}:`.padEnd(8)}${names.map(printable).sort().join(', ')}`];
}
