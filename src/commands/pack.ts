import { secretsAhead } from '#system';
import { someOf } from '../bundle/faults.ts';
import { readAssignments } from '../bundle/input.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import type { BundleFormat, Unlocked } from '../bundle/unlocked.ts';
import type { GlobalOptions } from '../cli.ts';
import { wipe, wipeValues } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { findBundle } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { bundleFormat } from './bundle-format.ts';
import { editBundle, replaceBundle } from './edit.ts';
import { type BundlePlace, wordBundle } from './profile-files.ts';

/** What is read from standard input at most, in bytes: what a bundle can hold. */
const INPUT_LIMIT = 16 * 1024 * 1024;

const OPTIONS = {
  merge: { type: 'boolean' },
  replace: { type: 'boolean' },
  'bundle-format': { type: 'string' },
} as const;

/** `pack`: KEY=VALUE lines on standard input become the bundle. */
export async function pack(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('pack', args, OPTIONS);
  if (values.merge === true && values.replace === true) {
    throw new Fault('usage', '--merge and --replace exclude each other', { hint: 'pqx help pack' });
  }
  const format = bundleFormat('pack', values['bundle-format']);
  const mode =
    values.merge === true
      ? 'merge'
      : values.replace === true || world.program === 'pqc-secrets'
        ? 'replace'
        : 'ask';
  const place = await wordBundle(world, options);
  const given = readInput(world);
  try {
    await packInto(world, place, given, mode, format);
    await recordWord(world, options, { event: 'pack', bundle: place.path, keys: [...given.keys()] });
  } finally {
    wipeValues(given);
  }
  return 0;
}

function readInput(world: World): Secrets {
  secretsAhead();
  if (world.stdin.isTerminal) world.stderr.write('KEY=VALUE lines, then Ctrl-D:\n');
  const bytes = world.stdin.readAll(INPUT_LIMIT);
  try {
    return readAssignments(bytes, 'standard input');
  } finally {
    wipe(bytes);
  }
}

type Mode = 'merge' | 'replace' | 'ask';

async function packInto(
  world: World,
  place: BundlePlace,
  given: Secrets,
  mode: Mode,
  format: BundleFormat | undefined,
): Promise<void> {
  const { path } = place;
  const begun = format ?? (world.program === 'pqc-secrets' ? 'v1' : 'v2');
  const former = findBundle(path);
  if (former !== undefined) refuseOtherFormat(former, format, path);
  // Nothing of a v1 bundle outlives this, neither names nor recipients: so its private key is not asked for.
  const anew = former !== undefined && former.format !== 'v2' && mode === 'replace';
  const count = anew
    ? await replaceBundle(world, path, format ?? 'v1', given)
    : await editBundle(world, place, begun, (bundle) => pour(bundle, given, mode, path));
  world.stderr.write(`${counted(count, 'key')} in ${printable(path)}\n`);
}

/** The names that the input lacks are kept or dropped as was said; when nothing was, there may be none. */
async function pour(bundle: Unlocked, given: Secrets, mode: Mode, path: string): Promise<number> {
  const lacking = bundle.names().filter((name) => !given.has(name));
  if (mode === 'ask' && lacking.length > 0) {
    throw new Fault(
      'input',
      `${path} also holds ${someOf(lacking)}, which the input lacks; nothing was changed`,
      { hint: 'pqx pack --merge   keeps them; pqx pack --replace   drops them' },
    );
  }
  if (mode === 'replace') for (const name of lacking) bundle.remove(name);
  for (const [name, value] of given) await bundle.put(name, value);
  return bundle.names().length;
}

/** Changing the format of what is there is the work of another word, which says what it means. */
function refuseOtherFormat(former: Bundle, format: BundleFormat | undefined, path: string): void {
  if (format === undefined || (format === 'v2') === (former.format === 'v2')) return;
  throw new Fault('input', `${path} is a bundle of format ${former.format}; nothing was changed`, {
    hint:
      format === 'v2'
        ? 'pqx migrate --bundle-format v2   makes it one of format v2'
        : 'pqx --bundle FILE pack --bundle-format v1   makes another bundle',
  });
}
