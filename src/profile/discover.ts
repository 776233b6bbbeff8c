/**
 * Project files: where they are looked for, and their bytes. Whatever is found comes with a stranger's repository, so it
 * is data and nothing else: no name of a script is looked for, and nothing that is found is loaded as code.
 */
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { Fault, isMissing } from '../fault.ts';
import { nearestFile, withLinksFollowed } from '../store/find.ts';
import { withoutEnd } from '../store/paths.ts';
import { readStoreFile } from '../store/read.ts';
import { readTrust, type Standing, standingOf, type Trusted } from './trust.ts';
import { PROFILE_FILE_LIMIT } from './types.ts';

/** In the order in which one of a directory wins. */
export const PROJECT_FILES: readonly string[] = [
  '.pqx.yaml',
  '.pqx.yml',
  '.pqx.json',
  'pqx.config.yaml',
  'pqx.config.json',
];

/** `path` has its symbolic links followed: trust and relative paths are of the file itself, wherever a link to it lies. */
export type Project =
  | {
      readonly standing: Standing;
      readonly path: string;
      readonly bytes: Uint8Array;
      /** SHA3-256 of `bytes`, as lower-case hex. */
      readonly content: string;
      /** What is known of the path in `trust.json`. */
      readonly known: Trusted | undefined;
    }
  /** It cannot be read, or belongs to somebody who could change it. */
  | { readonly standing: 'refused'; readonly path: string; readonly fault: Fault };

/** The project file of the working directory, read once, and whether what was read is trusted; undefined without one. */
export function findProject(cwd: string, home: string | undefined, directory: string): Project | undefined {
  const found = nearestFile(cwd, endsOf(home), PROJECT_FILES);
  return found === undefined ? undefined : readProject(found, directory);
}

/** The same for the file at `path`. `directory` is the config directory. */
export function readProject(path: string, directory: string): Project | undefined {
  const real = withLinksFollowed(path);
  if (real === undefined) return undefined;
  const bytes = readQuietly(real);
  if (bytes === undefined) return undefined;
  if (bytes instanceof Fault) return { standing: 'refused', path: real, fault: bytes };
  const content = hexEncode(sha3_256(bytes));
  const known = readTrust(directory).find((entry) => entry.path === real);
  return { standing: standingOf(known, content), path: real, bytes, content, known };
}

/** A Fault for what stands in the way: it is for whoever asks for the file, and not for launches that do not need it. */
function readQuietly(path: string): Uint8Array | Fault | undefined {
  try {
    return readStoreFile(path, 'own', PROFILE_FILE_LIMIT);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** The home directory as it is named, and as the kernel names a working directory in it. */
function endsOf(home: string | undefined): readonly string[] {
  if (home === undefined || !home.startsWith('/')) return [];
  const named = withoutEnd(home) || '/';
  return [named, withLinksFollowed(named) ?? named];
}
