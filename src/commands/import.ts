import { readAssignments } from '../bundle/input.ts';
import { readJsonMap, secretsOf } from '../bundle/input-map.ts';
import { BUNDLE_LIMIT } from '../bundle/limits.ts';
import type { Secrets } from '../bundle/types.ts';
import type { Unlocked } from '../bundle/unlocked.ts';
import type { GlobalOptions } from '../cli.ts';
import { equalBytes, wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { absoluteIn, directoryOf } from '../store/paths.ts';
import { readStoreFile } from '../store/read.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { choiceHint } from './choice.ts';
import { editBundle } from './edit.ts';
import { nearbyFile } from './nearby.ts';
import { type BundlePlace, wordBundle } from './profile-files.ts';

type Source = 'dotenv' | 'json' | 'yaml';
const SOURCES: readonly Source[] = ['dotenv', 'json', 'yaml'];

/** `import FILE [--from dotenv|json|yaml]`: the keys of a plaintext file, into the bundle, beside what it holds. */
export async function importKeys(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { values, positionals } = readArguments(
    'import',
    args,
    { from: { type: 'string' } },
    { least: 1, most: 1, what: 'a FILE' },
  );
  const file = absoluteIn(world.cwd, positionals[0] ?? '');
  const given = await readSource(file, sourceOf(file, values.from));
  try {
    const place = await wordBundle(world, options);
    await importInto(world, place, given);
    await recordWord(world, options, { event: 'import', bundle: place.path, keys: [...given.keys()] });
  } finally {
    wipeValues(given);
  }
  world.stderr.write(
    `${printable(file)} still holds them in plain text. When every program gets its keys from pqx:\n  shred -u ${printable(shellWord(file))}\nWhat a version control, a backup or a synced folder has of it stays there: change those keys at their providers\n`,
  );
  return 0;
}

function sourceOf(file: string, from: string | undefined): Source {
  if (from === 'dotenv' || from === 'json' || from === 'yaml') return from;
  if (from !== undefined) {
    throw new Fault('usage', `unknown form ${from}`, {
      hint: choiceHint(from, SOURCES, `pqx import ${shellWord(file)} --from`),
    });
  }
  if (/\.json$/i.test(file)) return 'json';
  return /\.ya?ml$/i.test(file) ? 'yaml' : 'dotenv';
}

async function readSource(file: string, source: Source): Promise<Secrets> {
  const bytes = read(file);
  try {
    switch (source) {
      case 'dotenv':
        return readAssignments(bytes, file);
      case 'json':
        return secretsOf(readJsonMap(decode(bytes, file), file), file);
      case 'yaml': {
        const { parseStringMap } = await import('../profile/string-map.ts');
        return secretsOf(await parseStringMap(decode(bytes, file), file), file);
      }
    }
  } finally {
    wipe(bytes);
  }
}

function read(file: string): Uint8Array {
  try {
    return readStoreFile(file, 'plain', BUNDLE_LIMIT);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('input', `there is no file ${file}`, {
      hint: nearbyFile(file) ?? `ls ${shellWord(directoryOf(file))}`,
    });
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('input', 'the file is not UTF-8', { place: { file }, hint: 'save it as UTF-8' });
  }
}

async function importInto(world: World, place: BundlePlace, given: Secrets): Promise<void> {
  const outcome = await editBundle(world, place, 'v2', async (bundle) => {
    const outcomes = new Map<string, string>();
    for (const [name, value] of given) outcomes.set(name, await putOver(bundle, name, value));
    return outcomes;
  });
  const names = [...given.keys()].sort();
  world.stderr.write(`${counted(names.length, 'key')} imported into ${printable(place.path)}\n`);
  for (const name of names) world.stderr.write(`  ${name}${outcome.get(name) ?? ''}\n`);
}

/** Puts the value in, and returns what that changed, to stand behind the name. */
async function putOver(bundle: Unlocked, name: string, value: Uint8Array): Promise<string> {
  const before = bundle.names().includes(name) ? await bundle.read(name) : undefined;
  if (before === undefined) {
    await bundle.put(name, value);
    return '';
  }
  const isSame = equalBytes(before, value);
  wipe(before);
  if (!isSame) await bundle.put(name, value);
  return isSame ? ' (as it was)' : ' (changed)';
}
