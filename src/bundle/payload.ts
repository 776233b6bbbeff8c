/** The decrypted JSON of a v1 bundle: names and values (FORMAT, v1). */
import { utf8, wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { isObject, type Json } from './fields.ts';
import type { Secrets } from './types.ts';

/**
 * `under`: `secrets` when the map must stand under that member, `either` when it may. A Fault `not-a-bundle` naming what
 * is wrong, never a value.
 */
export function readPayload(payload: Uint8Array, under: 'secrets' | 'either', file: string): Secrets {
  const document = parse(payload);
  if (!isObject(document)) throw wrong(file, 'its content is not a JSON object');
  const inner = Object.hasOwn(document, 'secrets') ? document['secrets'] : undefined;
  if (isObject(inner)) return secretsOf(inner, file);
  if (under === 'secrets') throw wrong(file, 'its content has no object `secrets`');
  return secretsOf(document, file);
}

/** The JSON text, in UTF-8. To be wiped. */
export function writePayload(secrets: Secrets): Uint8Array {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const members = [...secrets].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(decoder.decode(value))}`,
  );
  return utf8(`{"secrets":{${members.join(',')}}}`);
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    return undefined;
  }
}

function secretsOf(map: Json, file: string): Secrets {
  const secrets: Secrets = new Map();
  for (const [name, value] of Object.entries(map)) {
    if (typeof value !== 'string' || !value.isWellFormed() || value.includes('\0')) {
      wipe(...secrets.values());
      throw wrong(file, `the value of ${printable(name)} is not a text`);
    }
    secrets.set(name, utf8(value));
  }
  return secrets;
}

function wrong(file: string, why: string): Fault {
  return new Fault('not-a-bundle', `${file} is not a bundle: ${why}`);
}
