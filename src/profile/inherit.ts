/** `extends`: a profile that starts from the fields of others (PROFILES, fields). Pure. */
import { Fault } from '../fault.ts';
import { suggestion } from './nearest.ts';
import type { Extended, Profile, ProfileFile } from './types.ts';

/**
 * The profile with the fields of those that it extends: maps merge and the nearer wins, every other field replaces; of
 * several extended profiles the later wins. `command`, `args` and `description` are never inherited. `files` are all that
 * count, the nearer first: a project's profile may extend the user's, and not the other way round. A Fault `profile` with
 * the place of a name that there is no profile of.
 */
export function withExtended(profile: Profile, file: ProfileFile, files: readonly ProfileFile[]): Profile {
  if (profile.extends === undefined) return profile;
  const bases = profile.extends.map((extended) => {
    const base = findBase(extended, profile, file, files);
    if (base === undefined) throw unknownBase(extended, file, files);
    return inheritable(withExtended(base.profile, base.file, files));
  });
  const merged = bases.reduce<Inheritable>(merge, { env: [], files: [] });
  return merge(merged, profile);
}

/**
 * Finds what is wrong with the file's `extends` as far as the file itself tells: names of no profile, unless the file is a
 * project's and may mean the user's, and profiles that extend themselves. Throws a Fault `profile` with the place.
 */
export function checkExtends(file: ProfileFile): void {
  for (const profile of file.profiles) {
    for (const extended of profile.extends ?? []) {
      if (file.kind !== 'project' && !file.profiles.some(({ name }) => name === extended.name))
        throw unknownBase(extended, file, [file]);
      refuseCycle(file, [profile.name], extended);
    }
  }
}

type Inheritable = Omit<Profile, 'name' | 'line' | 'command' | 'args' | 'description' | 'extends'>;

function inheritable(profile: Profile): Inheritable {
  const { name, line, command, args, description, extends: bases, ...fields } = profile;
  return fields;
}

function merge<Nearer extends Inheritable>(base: Inheritable, nearer: Nearer): Inheritable & Nearer {
  return {
    ...base,
    ...nearer,
    env: mergeByName(base.env, nearer.env),
    files: mergeByName(base.files, nearer.files),
  };
}

/** In the order of the base, with what is new behind it. */
function mergeByName<T extends { readonly name: string }>(
  base: readonly T[],
  nearer: readonly T[],
): readonly T[] {
  const entries = new Map([...base, ...nearer].map((entry) => [entry.name, entry]));
  return [...entries.values()];
}

/** Its own file comes first; a project's profile that replaces the user's extends the one that it replaces. */
function findBase(
  extended: Extended,
  profile: Profile,
  file: ProfileFile,
  files: readonly ProfileFile[],
): { readonly profile: Profile; readonly file: ProfileFile } | undefined {
  const behind = file.kind === 'project' ? files.filter((other) => other !== file) : [];
  for (const candidate of [file, ...behind]) {
    const found = candidate.profiles.find(({ name }) => name === extended.name);
    if (found !== undefined && found !== profile) return { profile: found, file: candidate };
  }
  return undefined;
}

function refuseCycle(file: ProfileFile, path: readonly string[], extended: Extended): void {
  const base = file.profiles.find(({ name }) => name === extended.name);
  // In a project file a profile of its own name is the user's.
  if (base === undefined || (file.kind === 'project' && extended.name === path.at(-1))) return;
  if (path.includes(extended.name)) {
    const way = [...path, extended.name].join(' → ');
    throw new Fault('profile', `a profile cannot extend itself: ${way}`, {
      place: placeOf(extended, file),
      hint: `remove \`${extended.name}\` from \`extends\``,
    });
  }
  for (const next of base.extends ?? []) refuseCycle(file, [...path, extended.name], next);
}

function unknownBase(extended: Extended, file: ProfileFile, files: readonly ProfileFile[]): Fault {
  const names = files.flatMap(({ profiles }) => profiles.map(({ name }) => name));
  return new Fault('profile', `there is no profile ${extended.name} to extend`, {
    place: placeOf(extended, file),
    hint: suggestion(extended.name, names) ?? 'pqx profiles   lists them',
  });
}

function placeOf({ line, column }: Extended, file: ProfileFile) {
  return { file: file.path, line, column };
}
