/**
 * Flips bits of a fixture's bundle, one at a time, and opens it: `flip.ts STORE STRIDE` flips every bit (STRIDE 1) or
 * every STRIDE-th. Prints one line of JSON: what came of it, and the bits after which the bundle still opened.
 */
import { fileURLToPath } from 'node:url';
import { Fault } from '../../src/fault.ts';
import { expectedOf, fixture, identityOf, openBytes, texts } from './store.ts';

export interface Flips {
  readonly bits: number;
  /** How often each failure was given: its code, or `defect` for what is no Fault. */
  readonly failures: Readonly<Record<string, number>>;
  /** Bits after which the bundle opened with every value as before; `changed`, with others. */
  readonly opened: readonly number[];
  readonly changed: readonly number[];
}

export async function flipBits(store: string, stride: number): Promise<Flips> {
  const key = await identityOf(store);
  const bytes = fixture(store, 'secrets.bundle.json');
  const expected = JSON.stringify(expectedOf(store));
  const failures: Record<string, number> = {};
  const opened: number[] = [];
  const changed: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += stride) {
    const mask = 1 << (bit & 7);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ mask;
    try {
      const secrets = await openBytes(bytes, key);
      (JSON.stringify(texts(secrets)) === expected ? opened : changed).push(bit);
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'defect';
      failures[code] = (failures[code] ?? 0) + 1;
    }
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ mask;
  }
  return { bits: Math.ceil((bytes.length * 8) / stride), failures, opened, changed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [store = '', stride = '1'] = process.argv.slice(2);
  console.log(JSON.stringify(await flipBits(store, Number(stride))));
}
