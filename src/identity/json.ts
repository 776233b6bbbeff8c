/** Reading the small JSON files of the config directory, every field checked, so that a broken one is named. */
import { base64Decode } from '../crypto/encoding.ts';
import { Fault } from '../fault.ts';
import { isObject, parseJsonBytes } from '../json.ts';
import { shellWord } from '../quote.ts';

/** Far more than any of these files has. */
const LIMITS = { depth: 16, containers: 1000, items: 10_000 };

export type Fields = ReadonlyMap<string, unknown>;

/** The members of the JSON object in `bytes`. A Fault `identity` naming the file when it is none, or not UTF-8. */
export function readObject(bytes: Uint8Array, file: string): Fields {
  const parsed = parseJsonBytes(bytes, LIMITS);
  if ('wrong' in parsed) throw broken(file, parsed.wrong);
  if (!isObject(parsed.value)) throw broken(file, 'it is not a JSON object');
  const fields = new Map<string, unknown>();
  for (const name of Object.keys(parsed.value)) fields.set(name, parsed.value[name]);
  return fields;
}

/** A base64 member of `length` bytes, or of any when undefined. */
export function base64Field(fields: Fields, name: string, file: string, length?: number): Uint8Array {
  const text = fields.get(name);
  if (text === undefined) throw broken(file, `field ${name} is missing`);
  const bytes = typeof text === 'string' ? base64Decode(text, { lenient: true }) : undefined;
  if (bytes === undefined) throw broken(file, `field ${name} is not base64`);
  if (length !== undefined && bytes.length !== length) {
    throw broken(file, `field ${name} has ${bytes.length} bytes, not ${length}`);
  }
  return bytes;
}

export function broken(file: string, what: string): Fault {
  return new Fault('identity', `${file} cannot be used: ${what}`, {
    hint: `mv ${shellWord(file)} ${shellWord(`${file}.broken`)}   and restore it from a backup`,
  });
}
