/** Which profile files count, read through the cache of validated files. */
import type { GlobalOptions } from '../cli.ts';
import { Fault } from '../fault.ts';
import { type Loaded, loadProfileFile, loadProfiles } from '../profile/cache.ts';
import { findProject, type Project } from '../profile/discover.ts';
import { extendedHash } from '../profile/trust.ts';
import type { FileKind, ProfileFile, Settings } from '../profile/types.ts';
import { shellWord } from '../quote.ts';
import { absoluteIn, configDir, PROFILES_FILE } from '../store/paths.ts';
import type { World } from '../world.ts';
import { bundlePath, nonEmpty } from './access.ts';
import type { Rollback } from './known.ts';
import { nearbyFile } from './nearby.ts';

/** What a launch chooses from. */
export interface Sources {
  /** A trusted project file, then the user's. */
  readonly files: readonly ProfileFile[];
  /** The user's own: a project file sets none but for its profiles. */
  readonly settings: Settings;
  /** The project file of the working directory, trusted or not. */
  readonly project: Project | undefined;
}

/** `--profiles FILE`, else PQX_PROFILES: this file alone. Otherwise the user file of the config directory. */
export function profilesPath(
  world: World,
  options: GlobalOptions,
): { readonly path: string; readonly kind: FileKind } {
  const named = options.profiles ?? nonEmpty(world.env('PQX_PROFILES'));
  if (named !== undefined) return { path: absoluteIn(world.cwd, named), kind: 'named' };
  return { path: `${configDir(world.env)}/${PROFILES_FILE}`, kind: 'user' };
}

/**
 * The user's file, or the one that was named; undefined when there is no user file. Faults `profile` with file, line and
 * column.
 */
export function readProfiles(world: World, options: GlobalOptions): Loaded | undefined {
  const { path, kind } = profilesPath(world, options);
  const file = loadProfileFile(path, kind, configDir(world.env));
  if (file !== undefined || kind === 'user') return file;
  throw new Fault('profile', `there is no profile file at ${path}`, {
    hint:
      nearbyFile(path) ?? `pqx --profiles ${shellWord(path)} profiles add claude   makes one to start from`,
  });
}

/** All that counts here. Of a project file that is not trusted nothing is read but its bytes, to know that. */
export function readSources(world: World, options: GlobalOptions): Sources | Promise<Sources> {
  const user = readProfiles(world, options);
  return user instanceof Promise ? user.then((file) => sourcesWith(world, file)) : sourcesWith(world, user);
}

function sourcesWith(world: World, user: ProfileFile | undefined): Sources | Promise<Sources> {
  const settings = user?.settings ?? {};
  const project =
    user?.kind === 'named' ? undefined : findProject(world.cwd, world.env('HOME'), configDir(world.env));
  const own = user === undefined ? [] : [user];
  return project?.standing === 'trusted'
    ? withProject(world, own, settings, project)
    : { files: own, settings, project };
}

async function withProject(
  world: World,
  own: readonly ProfileFile[],
  settings: Settings,
  project: Exclude<Project, { readonly standing: 'refused' }>,
): Promise<Sources> {
  const file = await loadProfiles(project.bytes, project.path, 'project', configDir(world.env));
  const files = [file, ...own];
  return extendsAsTrusted(file, files, project.known?.extended)
    ? { files, settings, project }
    : { files: own, settings, project: { ...project, standing: 'changed' } };
}

/** Whether the user's profiles that the file extends are still what was shown. */
function extendsAsTrusted(
  file: ProfileFile,
  files: readonly ProfileFile[],
  trusted: string | undefined,
): boolean {
  try {
    return extendedHash(file, files) === trusted;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** The bundle that a word is about, and what is to be done when it is older than one that was opened before. */
export interface BundlePlace {
  readonly path: string;
  readonly rollback: Rollback | undefined;
}

/** As `wordBundlePath`, with what the profile file's settings say of it. */
export async function wordBundle(world: World, options: GlobalOptions): Promise<BundlePlace> {
  const settings = (await readProfiles(world, options))?.settings;
  return { path: bundlePath(world, options, settings?.bundle), rollback: settings?.rollback };
}

/** The bundle that a word is about: the same one as a launch's without a profile of its own. */
export async function wordBundlePath(world: World, options: GlobalOptions): Promise<string> {
  if (options.bundle !== undefined || nonEmpty(world.env('PQX_BUNDLE')) !== undefined)
    return bundlePath(world, options);
  return bundlePath(world, options, (await readProfiles(world, options))?.settings.bundle);
}
