import { checkName } from '../bundle/names.ts';
import type { GlobalOptions } from '../cli.ts';
import { base64Encode, hexEncode } from '../crypto/encoding.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8, wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import type { World } from '../world.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { choiceHint } from './choice.ts';
import { wordBundle } from './profile-files.ts';
import { putOne } from './put.ts';

const OPTIONS = {
  bits: { type: 'string' },
  format: { type: 'string' },
  set: { type: 'string' },
} as const;

const LEAST_BITS = 64;
const MOST_BITS = 8192;

/** `gen`: a random secret on standard output, or with `--set NAME` straight into the bundle, shown to nobody. */
export async function gen(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('gen', args, OPTIONS);
  if (values.set !== undefined) checkArgument(checkName, values.set);
  const bytes = randomBytes(byteCount(values.bits ?? '256'));
  const text = utf8(encoded(bytes, values.format ?? 'base64url'));
  wipe(bytes);
  try {
    if (values.set === undefined) {
      world.stdout.write(text);
      world.stdout.write('\n');
    } else {
      const place = await wordBundle(world, options);
      await putOne(world, place, values.set, text);
      await recordWord(world, options, { event: 'gen', bundle: place.path, keys: [values.set] });
    }
  } finally {
    wipe(text);
  }
  return 0;
}

function byteCount(text: string): number {
  const bits = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (bits % 8 === 0 && bits >= LEAST_BITS && bits <= MOST_BITS) return bits / 8;
  throw new Fault('usage', `--bits takes a multiple of 8 from ${LEAST_BITS} to ${MOST_BITS}`, {
    hint: 'pqx gen --bits 256',
  });
}

function encoded(bytes: Uint8Array, format: string): string {
  if (format === 'hex') return hexEncode(bytes);
  if (format === 'base64url')
    return base64Encode(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  throw new Fault('usage', `unknown format ${format}`, {
    hint: choiceHint(format, ['hex', 'base64url'], 'pqx gen --format'),
  });
}
