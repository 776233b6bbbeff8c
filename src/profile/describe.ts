/** All that a profile file changes, as lines for people: what `trust` shows before it asks. */
import type { FileEntry, FileSource, FileValue } from './files.ts';
import { listMatcher } from './glob.ts';
import { templateText } from './template.ts';
import type { Profile, ProfileFile, VariableSource } from './types.ts';

export interface Surroundings {
  /** Names in the bundle that the file's profiles use; undefined when they are encrypted or there is no bundle. */
  readonly names: readonly string[] | undefined;
  /** Names of the user's own profiles, which the file's replace. */
  readonly own: ReadonlySet<string>;
}

/** A field that has a value is a line at least: also one that this text has no words of its own for. */
export function describeFile(file: ProfileFile, around: Surroundings): readonly string[] {
  const { bundle } = file.settings;
  return [
    ...(bundle === undefined ? [] : [`bundle: ${bundle}`]),
    ...file.profiles.flatMap((profile) => describeProfile(profile, around)),
  ];
}

function describeProfile(profile: Profile, around: Surroundings): readonly string[] {
  const { name, line: _, description, command, args, extends: bases = [], env, ...more } = profile;
  const { keys = [], files, inherit, prepend = [], append = [], ...others } = more;
  const replaces = around.own.has(name) ? ' (in the place of your own profile of this name)' : '';
  return [
    `profile ${name}${replaces}`,
    ...(description === undefined ? [] : [`  description: ${description}`]),
    `  command: ${command.length === 0 ? 'none: by -p alone' : command.join(', ')}`,
    ...(args === undefined ? [] : [`  args: ${args.length === 0 ? 'none' : args.join('; ')}`]),
    ...(bases.length === 0 ? [] : [`  extends: ${bases.map((base) => base.name).join(', ')}`]),
    ...env.map(({ name: variable, source }) => `  env ${variable}: ${sourceText(source, around)}`),
    ...keyLines(keys, around),
    ...files.map((file) => `  file ${file.name}: ${fileText(file)}`),
    ...(inherit === undefined
      ? []
      : [`  inherit: ${typeof inherit === 'string' ? inherit : inherit.join(', ')}`]),
    ...listLine('prepend', prepend),
    ...listLine('append', append),
    ...Object.entries(others).flatMap(([field, value]) => otherLine(field, value)),
  ];
}

function fileText({ source, env, envDir, at, save, mode }: FileEntry): string {
  return [
    contentText(source),
    ...(env === undefined ? [] : [`its path in ${env}`]),
    ...(envDir === undefined ? [] : [`its directory in ${envDir}`]),
    ...(at === undefined ? [] : [`linked at ${at}`]),
    ...(save ? ['what the program changes is saved'] : []),
    `mode ${mode.toString(8).padStart(4, '0')}`,
  ].join(', ');
}

function contentText(source: FileSource): string {
  switch (source.kind) {
    case 'content':
      return `the key ${source.key}`;
    case 'template':
      return `the template ${JSON.stringify(templateText(source.template))}`;
    default:
      return `${source.kind} ${valueText(source.value)}`;
  }
}

/** As JSON, its texts as templates. */
function valueText(value: FileValue): string {
  switch (value.kind) {
    case 'text':
      return JSON.stringify(templateText(value.template));
    case 'plain':
      return JSON.stringify(value.value);
    case 'list':
      return `[${value.items.map(valueText).join(', ')}]`;
    case 'map':
      return `{${value.entries.map(([key, item]) => `${JSON.stringify(key)}: ${valueText(item)}`).join(', ')}}`;
  }
}

function sourceText(source: VariableSource, around: Surroundings): string {
  switch (source.kind) {
    case 'key':
      return `the key ${source.key}${source.optional ? ', if there' : ''}${absence(source.key, around)}`;
    case 'value':
      return `the text ${JSON.stringify(source.value)}`;
    case 'template':
      return `the template ${JSON.stringify(templateText(source.template))}`;
    case 'unset':
      return 'removed';
  }
}

function absence(key: string, { names }: Surroundings): string {
  return names === undefined || names.includes(key) ? '' : ' (not in the bundle)';
}

/** Globs, and what they stand for in the bundle as it is now. */
function keyLines(keys: readonly string[], { names }: Surroundings): readonly string[] {
  if (keys.length === 0) return [];
  if (names === undefined) return [`  keys: ${keys.join(', ')} (the names in the bundle are not known)`];
  const matches = listMatcher(keys, 'name');
  const found = names.filter(matches);
  return [`  keys: ${keys.join(', ')} (now: ${found.length === 0 ? 'none' : found.join(', ')})`];
}

/** As a list, since an argument may hold spaces or nothing. */
function listLine(field: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`  ${field}: ${JSON.stringify(items)}`];
}

function otherLine(field: string, value: unknown): readonly string[] {
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return [];
  return [`  ${field}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
}
