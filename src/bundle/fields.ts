/** The fields of a v1 bundle, read as leniently as FORMAT says; each failure names the file and the field. */
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import { isObject, type Json } from '../json.ts';
import { notABundle } from './faults.ts';

/** One member of an object, with the path that messages call it by. Of no name of a field is there an inherited one. */
export function member(
  parent: Json,
  name: string,
  at = '',
): { readonly value: unknown; readonly path: string } {
  return {
    value: parent[name],
    path: at === '' ? name : `${at}.${name}`,
  };
}

export function objectAt(parent: Json, name: string, file: string, at = ''): Json {
  const { value, path } = member(parent, name, at);
  if (value === undefined) throw notABundle(file, `field ${path} is missing`);
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
  if (value === undefined) throw notABundle(file, `field ${path} is missing`);
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
  if (value === undefined) throw notABundle(file, `field ${path} is missing`);
  const decode = encoding === 'base64' ? base64Decode : hexDecode;
  const bytes = typeof value === 'string' ? decode(value, { lenient: true }) : undefined;
  if (bytes === undefined) throw notABundle(file, `field ${path} is not ${encoding}`);
  if ('exactly' in length ? bytes.length !== length.exactly : bytes.length < length.least) {
    const wanted = 'exactly' in length ? `not ${length.exactly}` : `fewer than ${length.least}`;
    throw notABundle(file, `field ${path} has ${bytes.length} bytes, ${wanted}`);
  }
  return bytes;
}
