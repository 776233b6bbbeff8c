/** Which profile file counts, read through the cache of validated files. */
import type { GlobalOptions } from '../cli.ts';
import { Fault, isMissing } from '../fault.ts';
import { loadProfileFile } from '../profile/cache.ts';
import type { FileKind, ProfileFile } from '../profile/types.ts';
import { absoluteIn, configDir, PROFILES_FILE } from '../store/paths.ts';
import type { World } from '../world.ts';
import { bundlePath, nonEmpty } from './access.ts';

/** `--profiles FILE`, else PQX_PROFILES: this file alone. Otherwise the user file of the config directory. */
export function profilesPath(
  world: World,
  options: GlobalOptions,
): { readonly path: string; readonly kind: FileKind } {
  const named = options.profiles ?? nonEmpty(world.env('PQX_PROFILES'));
  if (named !== undefined) return { path: absoluteIn(world.cwd, named), kind: 'named' };
  return { path: `${configDir(world.env)}/${PROFILES_FILE}`, kind: 'user' };
}

/** The profile file; undefined when there is no user file. Faults `profile` with file, line and column. */
export async function readProfiles(world: World, options: GlobalOptions): Promise<ProfileFile | undefined> {
  const { path, kind } = profilesPath(world, options);
  try {
    return await loadProfileFile(path, kind, configDir(world.env));
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (kind === 'user') return undefined;
    throw new Fault('profile', `there is no profile file at ${path}`, {
      hint: 'cp profiles.example.yaml FILE   makes one to start from',
    });
  }
}

/** The bundle that a word is about: the same one as a launch's without a profile of its own. */
export async function wordBundlePath(world: World, options: GlobalOptions): Promise<string> {
  if (options.bundle !== undefined || nonEmpty(world.env('PQX_BUNDLE')) !== undefined)
    return bundlePath(world, options);
  return bundlePath(world, options, (await readProfiles(world, options))?.settings.bundle);
}
