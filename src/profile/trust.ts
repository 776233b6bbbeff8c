/**
 * `trust.json` of the config directory: which content of which project file this user has looked at and trusts. A list,
 * so that no path is a key of an object. Content is meant by its SHA3-256: any change asks again.
 */
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { utf8 } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { isObject, parseJsonBytes } from '../json.ts';
import { shellWord } from '../quote.ts';
import { readIfThere } from '../store/read.ts';
import { withExtended } from './inherit.ts';
import type { ProfileFile } from './types.ts';

export const TRUST_FILE = 'trust.json';
const TRUST_LIMIT = 4 * 1024 * 1024;
const TRUST_LIMITS = { depth: 3, containers: 20_000, items: 100_000 };

export interface Trusted {
  /** With symbolic links followed. */
  readonly path: string;
  /** SHA3-256 of the file, as lower-case hex. */
  readonly content: string;
  /** Of what its profiles are with those that they extend (`extendedHash`); undefined for a file that extends nothing. */
  readonly extended?: string;
}

/** `new`: no content of this path was ever trusted; `changed`: another content was. */
export type Standing = 'trusted' | 'new' | 'changed';

export function standingOf(known: Trusted | undefined, content: string): Standing {
  if (known === undefined) return 'new';
  return known.content === content ? 'trusted' : 'changed';
}

/**
 * SHA3-256 of what the file's profiles are once those that they extend, among them the user's, are put in: when the
 * user's change, so does what was trusted. Undefined when nothing is extended; a Fault `profile` when it is not there.
 */
export function extendedHash(file: ProfileFile, files: readonly ProfileFile[]): string | undefined {
  if (!file.profiles.some((profile) => profile.extends !== undefined)) return undefined;
  const profiles = file.profiles.map((profile) => withExtended(profile, file, files));
  // Where something stands in its file is not what it grants.
  const text = JSON.stringify(profiles, (name, value: unknown) =>
    name === 'line' || name === 'column' ? undefined : value,
  );
  return hexEncode(sha3_256(utf8(text)));
}

/** Empty when there is none. Faults: `unsafe` when others could write it, `store` when it is not of the form we write. */
export function readTrust(directory: string): readonly Trusted[] {
  const path = `${directory}/${TRUST_FILE}`;
  const bytes = readIfThere(path, 'trusted', TRUST_LIMIT);
  if (bytes === undefined) return [];
  const trusted = parseTrust(bytes);
  if (trusted !== undefined) return trusted;
  throw new Fault('store', `${path} is damaged`, {
    hint: `rm ${shellWord(path)}   and trust the project files again, one by one`,
  });
}

export function trustText(trusted: readonly Trusted[]): string {
  const files = trusted.map(({ path, content, extended }) => ({
    path,
    sha3_256: content,
    ...(extended === undefined ? {} : { extended_sha3_256: extended }),
  }));
  return `${JSON.stringify({ version: 1, files }, null, 2)}\n`;
}

/** Undefined for anything but what `trustText` writes, up to white space: half a list is no list. */
export function parseTrust(bytes: Uint8Array): readonly Trusted[] | undefined {
  const parsed = parseJsonBytes(bytes, TRUST_LIMITS);
  if ('wrong' in parsed || !isObject(parsed.value)) return undefined;
  const { version, files } = parsed.value;
  if (version !== 1 || !Array.isArray(files)) return undefined;
  const trusted = files.flatMap((entry: unknown): readonly Trusted[] => {
    if (!isObject(entry)) return [];
    const { path, sha3_256: content, extended_sha3_256: extended } = entry;
    if (typeof path !== 'string' || !path.startsWith('/') || !isHash(content)) return [];
    if (extended === undefined) return [{ path, content }];
    return isHash(extended) ? [{ path, content, extended }] : [];
  });
  const whole = trusted.length === files.length;
  return whole && new Set(trusted.map(({ path }) => path)).size === trusted.length ? trusted : undefined;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
