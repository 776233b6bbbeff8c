/**
 * Validated profile files, kept as JSON under `cache/` in the config directory: parsing YAML takes longer than all the
 * rest of a launch. What is kept came out of our validator, holds names and no secrets, is found by the hash of what it
 * was made from, and is checked for owner and modes like the profile file itself.
 */
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { utf8 } from '../crypto/wipe.ts';
import { readIfThere, readStoreFile } from '../store/read.ts';
import { type FileKind, PROFILE_FILE_LIMIT, type ProfileFile } from './types.ts';

/** Changes with the shape of ProfileFile and with the rules of the validator. */
const SHAPE = 'pqx:profiles:4';
/** JSON of a file at the limit, in bytes. */
const CACHE_LIMIT = 16 * 1024 * 1024;

/** At once where the cache has it: a launch waits for nothing then. */
export type Loaded = ProfileFile | Promise<ProfileFile>;

/**
 * The profiles of the file at `path` (absolute); undefined when there is none. `directory` is the config directory, for
 * the cache. Faults `profile` for what is wrong in it, `unsafe` when others could change it.
 */
export function loadProfileFile(path: string, kind: FileKind, directory: string): Loaded | undefined {
  const bytes = readIfThere(path, kind === 'user' ? 'trusted' : 'plain', PROFILE_FILE_LIMIT + 1);
  return bytes === undefined ? undefined : loadProfiles(bytes, path, kind, directory);
}

/** The same for a file that was read: what was checked of its content is what counts. */
export function loadProfiles(bytes: Uint8Array, path: string, kind: FileKind, directory: string): Loaded {
  const name = hexEncode(sha3_256(utf8(`${SHAPE}\0${kind}\0${path}\0`), bytes)).slice(0, 32);
  return readCache(`${directory}/cache/${name}.json`) ?? parsed(bytes, path, kind, directory, name);
}

async function parsed(
  bytes: Uint8Array,
  path: string,
  kind: FileKind,
  directory: string,
  name: string,
): Promise<ProfileFile> {
  const { parseProfiles } = await import('./parse.ts');
  const file = await parseProfiles(bytes, path, kind);
  const { writeCache } = await import('./cache-write.ts');
  writeCache(`${directory}/cache`, `${name}.json`, file);
  return file;
}

/** Undefined when there is none that can be trusted; then the file is parsed. */
function readCache(path: string): ProfileFile | undefined {
  try {
    const text = new TextDecoder().decode(readStoreFile(path, 'trusted', CACHE_LIMIT));
    const file: ProfileFile = JSON.parse(text);
    return file;
  } catch {
    return undefined;
  }
}
