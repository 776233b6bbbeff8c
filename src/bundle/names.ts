/** Names and values that a bundle may hold (FORMAT, names and values). Which names steer programs: steering.ts. */
import { Fault } from '../fault.ts';
import { steeringNames } from './steering.ts';

/** The longest value, in bytes. */
export const VALUE_LIMIT = 1024 * 1024;

/** Whether `name` is `[A-Za-z_][A-Za-z0-9_]*` of at most 256 bytes. */
export function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name);
}

/**
 * Tells of a name whether such a variable steers loaders, shells, runtimes or what programs start (steering.ts). No glob
 * grants it and no `export` prints it: only a profile that names it under `env` does (PROFILES, keys).
 */
export function steeringTest(): (name: string) => boolean {
  const listed = steeringNames().flatMap(({ names }) => names.split(/\s+/));
  const names = new Set(listed.filter((entry) => !entry.endsWith('*')));
  const prefixes = listed.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Throws a Fault `input` unless `isName`. The text is not repeated: it may be a value that stands in the wrong place. */
export function checkName(name: string): void {
  if (!isName(name))
    throw new Fault('input', 'that is no name for a key', {
      hint: 'names are letters, digits and _, at most 256, and start with no digit',
    });
}

/**
 * Throws a Fault `input` naming the secret when `value` may not be stored: longer than 1 MiB, a NUL, or not well-formed
 * UTF-8.
 */
export function checkValue(name: string, value: Uint8Array): void {
  const what = wrongWith(value);
  if (what !== undefined)
    throw new Fault('input', `the value of ${name} ${what}`, {
      hint: 'values are text; base64 makes text of any file',
    });
}

/** What a value may not be, for a message; undefined when it may stand in a bundle. */
export function wrongWith(value: Uint8Array): string | undefined {
  if (value.length > VALUE_LIMIT) return `is longer than ${VALUE_LIMIT} bytes`;
  if (value.includes(0)) return 'holds a NUL';
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    return undefined;
  } catch {
    return 'is not UTF-8';
  }
}
