/** The decrypted JSON of a v1 bundle: names and values (FORMAT, v1). */
import { utf8, wipeValues } from '../crypto/wipe.ts';
import { printable } from '../fault.ts';
import { isObject, type Json, parseJsonBytes } from '../json.ts';
import { jsonEscapes, type Piece, written } from './escape.ts';
import { notABundle } from './faults.ts';
import { PAYLOAD_LIMITS } from './limits.ts';
import type { Secrets } from './types.ts';

/**
 * `under`: `secrets` when the map must stand under that member, `either` when it may. A Fault `not-a-bundle` naming what
 * is wrong, never a value.
 */
export function readPayload(payload: Uint8Array, under: 'secrets' | 'either', file: string): Secrets {
  const parsed = parseJsonBytes(payload, PAYLOAD_LIMITS);
  if ('wrong' in parsed) throw notABundle(file, `of its content, ${parsed.wrong}`);
  const document = parsed.value;
  if (!isObject(document)) throw notABundle(file, 'its content is not a JSON object');
  const inner = document['secrets'];
  if (isObject(inner)) return secretsOf(inner, file);
  if (under === 'secrets') throw notABundle(file, 'its content has no object `secrets`');
  return secretsOf(document, file);
}

/** The JSON text, in UTF-8. To be wiped. */
export function writePayload(secrets: Secrets): Uint8Array {
  const escapes = jsonEscapes();
  const members = [...secrets].flatMap(([name, value], index): Piece[] => [
    `${index === 0 ? '' : ','}${JSON.stringify(name)}:"`,
    { value, escapes },
    '"',
  ]);
  return written(['{"secrets":{', ...members, '}}']);
}

function secretsOf(map: Json, file: string): Secrets {
  const secrets: Secrets = new Map();
  for (const name of Object.keys(map)) {
    const value = map[name];
    const wrong = wrongWith(value);
    if (wrong !== undefined || typeof value !== 'string') {
      wipeValues(secrets);
      throw notABundle(file, `the value of ${printable(name)} ${wrong}`);
    }
    secrets.set(name, utf8(value));
  }
  return secrets;
}

function wrongWith(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not text';
  if (value.includes('\0')) return 'holds a NUL';
  return value.isWellFormed() ? undefined : 'is not well-formed Unicode';
}
