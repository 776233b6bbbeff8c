/** Profiles for tests, from the text that a user would write. */
import { parseProfiles } from '../../src/profile/parse.ts';
import type { FileKind, FoundCommand, Profile, ProfileFile } from '../../src/profile/types.ts';

export const PATH = '/home/u/.config/pqc-secrets/profiles.yaml';

export function parse(text: string, kind: FileKind = 'user', path = PATH): Promise<ProfileFile> {
  return parseProfiles(new TextEncoder().encode(text), path, kind);
}

/** A file with the given text under `profiles:`. */
export function fileOf(profiles: string, kind: FileKind = 'user', path = PATH): Promise<ProfileFile> {
  return parse(`version: 1\nprofiles:\n${profiles.replace(/^(?=.)/gm, '  ')}`, kind, path);
}

/** The one profile, called `t`, with the given fields. */
export async function profileOf(fields: string): Promise<Profile> {
  const file = await fileOf(`t:\n${fields.replace(/^(?=.)/gm, '  ')}`);
  const [profile] = file.profiles;
  if (profile === undefined) throw new Error('there is no profile');
  return profile;
}

/** A command that was typed without a slash and found through PATH. */
export function found(typed: string, through: FoundCommand['through'] = 'path'): FoundCommand {
  return { typed, path: typed.startsWith('/') ? typed : `/usr/bin/${typed}`, through };
}
