/** Decoding the fields of a bundle; each failure names the file and the field, and is of the class "not a bundle". */
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import { Fault } from '../fault.ts';

export type Json = Readonly<Record<string, unknown>>;

export function notABundle(file: string, why: string): Fault {
  return new Fault('not-a-bundle', `${file} is not a bundle: ${why}`, {
    hint: 'pqx status   shows which file is read as the bundle',
  });
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One member of an object, with the path that messages call it by. */
export function member(
  parent: Json,
  name: string,
  at = '',
): { readonly value: unknown; readonly path: string } {
  return {
    value: Object.hasOwn(parent, name) ? parent[name] : undefined,
    path: at === '' ? name : `${at}.${name}`,
  };
}

export function objectAt(parent: Json, name: string, file: string, at = ''): Json {
  const { value, path } = member(parent, name, at);
  if (!isObject(value)) throw notABundle(file, `field ${path} is not an object`);
  return value;
}

export function constantAt(
  parent: Json,
  name: string,
  expected: string | number,
  file: string,
  at = '',
): void {
  const { value, path } = member(parent, name, at);
  if (value !== expected) throw notABundle(file, `field ${path} is not ${JSON.stringify(expected)}`);
}

/** Bytes in base64 or hex; `length` in bytes, or a least one. */
export function bytesAt(
  parent: Json,
  name: string,
  encoding: 'base64' | 'hex',
  length: { readonly exactly: number } | { readonly least: number },
  file: string,
  at = '',
): Uint8Array {
  const { value, path } = member(parent, name, at);
  const decode = encoding === 'base64' ? base64Decode : hexDecode;
  const bytes = typeof value === 'string' ? decode(value, { lenient: true }) : undefined;
  if (bytes === undefined) throw notABundle(file, `field ${path} is not ${encoding}`);
  if ('exactly' in length ? bytes.length !== length.exactly : bytes.length < length.least) {
    const wanted = 'exactly' in length ? `not ${length.exactly}` : `fewer than ${length.least}`;
    throw notABundle(file, `field ${path} has ${bytes.length} bytes, ${wanted}`);
  }
  return bytes;
}
