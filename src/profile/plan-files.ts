/** The config files of a launch: where they will be, and what of variables and arguments names them (plan.ts). */
import { Fault } from '../fault.ts';
import { withoutEnd } from '../store/paths.ts';
import { type FileSource, fileKeys, type PlannedFile, withFilePaths } from './files.ts';
import { suggestion } from './nearest.ts';
import type { Grant, Profile } from './types.ts';

/** `requireKey` throws for a key that the bundle lacks. */
export function plannedFiles(
  profile: Profile | undefined,
  directory: string,
  home: string | undefined,
  requireKey: (key: string, by: string) => void,
): readonly PlannedFile[] {
  const planned: PlannedFile[] = [];
  for (const file of profile?.files ?? []) {
    for (const key of fileKeys(file.source)) requireKey(key, `the file ${file.name}`);
    const link = file.at === undefined ? undefined : fixedPath(file.at, home);
    planned.push({ ...file, path: `${directory}/${file.name}`, ...(link === undefined ? {} : { link }) });
  }
  return planned;
}

function fixedPath(at: string, home: string | undefined): string {
  if (!at.startsWith('~/')) return at;
  if (home?.startsWith('/') === true) return withoutEnd(home) + at.slice(1);
  throw new Fault('profile', `${at} is below the home directory, and HOME names none`, {
    hint: 'HOME=/path/of/the/home pqx …',
  });
}

export function fileGrants(files: readonly PlannedFile[]): readonly Grant[] {
  const grants: Grant[] = [];
  for (const { name, path, env, envDir } of files) {
    const grant = (variable: string | undefined, to: string) => {
      if (variable !== undefined)
        grants.push({ variable, source: { kind: 'file', file: name, path: to }, by: 'files' });
    };
    grant(env, path);
    grant(envDir, path.slice(0, path.lastIndexOf('/')));
  }
  return grants;
}

/** The profile's own arguments with the paths of the files that they name. A Fault `profile` for a file that it lacks. */
export function filesArguments(
  profile: Profile | undefined,
  field: 'prepend' | 'append',
  files: readonly PlannedFile[],
): readonly string[] {
  const given: string[] = [];
  for (const argument of profile?.[field] ?? []) {
    const text = withFilePaths(argument, (name) => files.find((file) => file.name === name)?.path);
    if (text === undefined) throw unknownFile(profile?.name, field, argument, files);
    given.push(text);
  }
  return given;
}

function unknownFile(
  profile: string | undefined,
  field: 'prepend' | 'append',
  argument: string,
  files: readonly PlannedFile[],
): Fault {
  const names = files.map(({ name }) => name);
  const [, wanted = ''] = /file\.([^\s/|{}]+)/.exec(argument) ?? [];
  return new Fault('profile', `\`${field}\` of the profile ${profile} names a file that it does not have`, {
    hint:
      suggestion(wanted, names) ?? (names.length === 0 ? 'files: { NAME: … }' : `files: ${names.join(', ')}`),
  });
}

/** Where the file of a variable will be that is mounted into a container. */
export function mountedPath(variable: string, directory: string): string {
  return `${directory}/run-secrets.${variable}`;
}

/**
 * The files of the variables that are mounted into a container: readable by whatever user it runs as, in a directory that
 * only this user can enter.
 */
export function mountedFiles(
  grants: readonly Grant[],
  mounted: readonly string[],
  directory: string,
): readonly PlannedFile[] {
  const files: PlannedFile[] = [];
  for (const { variable, source } of grants) {
    if (!mounted.includes(variable) || source.kind === 'value' || source.kind === 'file') continue;
    const path = mountedPath(variable, directory);
    const content: FileSource =
      source.kind === 'key'
        ? { kind: 'content', key: source.key }
        : { kind: 'template', template: source.template };
    const name = path.slice(directory.length + 1);
    files.push({ name, line: 0, source: content, save: false, mode: 0o444, path });
  }
  return files;
}
