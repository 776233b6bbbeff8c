/**
 * `fuzz.ts SEED ROUNDS [READER…]` mutates and reads, and prints what came of it as one line of JSON. To look for more than
 * the tests do: `node test/fuzz/fuzz.ts $RANDOM 100000`.
 */
import { Fault } from '../../src/fault.ts';
import { mutated, seeded } from './mutate.ts';
import { type Reader, readers } from './readers.ts';

export interface Fuzzed {
  readonly reader: string;
  readonly taken: number;
  readonly refused: number;
  /** Inputs that were taken and must not be, or ended in anything but a Fault: what happened, and the input in base64. */
  readonly wrong: readonly { readonly what: string; readonly input: string }[];
}

const SHOWN = 3;

async function fuzz(name: string, reader: Reader, seed: number, rounds: number): Promise<Fuzzed> {
  const random = seeded(seed);
  const wrong: { what: string; input: string }[] = [];
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < rounds && wrong.length < SHOWN; round += 1) {
    const from = reader.seeds[random(reader.seeds.length)] ?? new Uint8Array();
    const other = reader.seeds[random(reader.seeds.length)] ?? from;
    const bytes = mutated(from, other, random);
    const input = Buffer.from(bytes).toString('base64');
    try {
      const what = await reader.read(bytes, from);
      taken += 1;
      if (what !== undefined) wrong.push({ what, input });
    } catch (error) {
      refused += 1;
      const what = problemOf(error);
      if (what !== undefined) wrong.push({ what, input });
    }
  }
  return { reader: name, taken, refused, wrong };
}

/** A failure is one line that can be shown; anything else is a defect. */
function problemOf(error: unknown): string | undefined {
  if (!(error instanceof Fault)) return `it threw ${error}`;
  return /[\n\r]/.test(error.message) ? `its message has a line break: ${error.message}` : undefined;
}

const [seed = '1', rounds = '1000', ...chosen] = process.argv.slice(2);
const { all, end } = await readers();
try {
  const results: Fuzzed[] = [];
  for (const [name, reader] of Object.entries(all)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const whole of reader.seeds) {
      const what = await reader.read(whole.slice(), whole);
      if (what !== undefined) throw new Error(`${name} does not read its own seed: ${what}`);
    }
    results.push(await fuzz(name, reader, Number(seed), Number(rounds)));
  }
  console.log(JSON.stringify(results));
} finally {
  end();
}
