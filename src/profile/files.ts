/** Config files of a profile (PROFILES, config files): what they are made of, as plain JSON values. Names only, no secret. */
import type { Problem } from './schema.ts';
import { readTemplate, type Template, templateKeys } from './template.ts';

export interface FileEntry {
  /** The name that the file has in its private directory. */
  readonly name: string;
  /** Line of the entry in its profile file, from 1. */
  readonly line: number;
  readonly source: FileSource;
  /** The variable that gets the file's path. */
  readonly env?: string;
  /** The variable that gets the path of the directory it is in. */
  readonly envDir?: string;
  /** A path at which the tool looks: absolute, or starting with `~/`. */
  readonly at?: string;
  /** Whether changed content goes back under the key of `content`. */
  readonly save: boolean;
  /** Permission bits. */
  readonly mode: number;
}

export type FileSource =
  | { readonly kind: 'template'; readonly template: Template }
  /** Written by a serialiser, so that no value can break out of its string. */
  | { readonly kind: 'json' | 'yaml' | 'dotenv'; readonly value: FileValue }
  /** The bare value of a key. */
  | { readonly kind: 'content'; readonly key: string };

/** The kinds that a file's content can be of: exactly one is said. */
export const fileSources = () => ['template', 'json', 'yaml', 'dotenv', 'content'] as const;

/** A value of `json`, `yaml` or `dotenv`, whose strings are templates. */
export type FileValue =
  | { readonly kind: 'text'; readonly template: Template }
  | { readonly kind: 'plain'; readonly value: number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly FileValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, FileValue])[] };

/** A file that a launch makes. */
export interface PlannedFile extends FileEntry {
  /** Where it will be: absolute. */
  readonly path: string;
  /** Its `at`, absolute. */
  readonly link?: string;
}

/** The bundle keys that the file is made of: each once, in order. */
export function fileKeys(source: FileSource): readonly string[] {
  switch (source.kind) {
    case 'template':
      return templateKeys(source.template);
    case 'content':
      return [source.key];
    default:
      return [...new Set(valueKeys(source.value))];
  }
}

function valueKeys(value: FileValue): readonly string[] {
  switch (value.kind) {
    case 'text':
      return templateKeys(value.template);
    case 'plain':
      return [];
    case 'list':
      return value.items.flatMap(valueKeys);
    case 'map':
      return value.entries.flatMap(([, item]) => valueKeys(item));
  }
}

/**
 * The argument with the paths of the files that it names by `{{ file.NAME }}`; other braces are the target's own. Undefined
 * when it names one that is not there.
 */
export function withFilePaths(
  argument: string,
  pathOf: (name: string) => string | undefined,
): string | undefined {
  let missing = false;
  const text = argument.replace(/\{\{\s*file\.([^\s/|{}]+)\s*\}\}/g, (place, name: string) => {
    const path = pathOf(name);
    missing ||= path === undefined;
    return path ?? place;
  });
  return missing ? undefined : text;
}

export function fileNameProblem(name: string): Problem | undefined {
  const long = new TextEncoder().encode(name).length > 200;
  const wrong = name === '' || name === '.' || name === '..' || /[/\u0000-\u001f\u007f]/.test(name);
  if (!long && !wrong) return undefined;
  return { message: 'this is no name for a file', hint: 'the name alone, without /; `at` takes a path' };
}

export function fixedPathProblem(path: string): Problem | undefined {
  const rooted = path.startsWith('/') || path.startsWith('~/');
  const below = path.slice(path.startsWith('~/') ? 2 : 1);
  const plain = !/(^|\/)\.{0,2}(\/|$)/.test(below) && !below.includes('\0');
  if (rooted && plain) return undefined;
  return { message: 'this is no fixed path of a file', hint: 'at: ~/.config/tool/auth.json   or one from /' };
}

/** Why pqx has to wait for the target's end; undefined when the guard does. */
export function whySupervised(files: readonly PlannedFile[]): string | undefined {
  const linked = files.find(({ link }) => link !== undefined);
  if (linked !== undefined) return `${linked.link} is taken back when it ends`;
  const saved = files.find(({ save }) => save);
  return saved === undefined ? undefined : `${saved.name} is saved when it ends`;
}

/** Of a text that values are put into. */
export function placesProblem(text: string): Problem | undefined {
  const template = readTemplate(text);
  if ('message' in template) return template;
  if (!template.some((part) => part.kind === 'file')) return undefined;
  return {
    message: 'a file cannot name another',
    hint: 'its variable does: `env`, or {{ file.NAME }} in `append`',
  };
}

/** Of an argument: files may stand in it, values may not, since every user of the machine can read it. */
export function argumentPlacesProblem(text: string): Problem | undefined {
  if (text.includes('\0')) return { message: 'an argument holds no NUL', hint: 'remove the \\0' };
  const key = /\{\{\s*([A-Z_][A-Z0-9_]*)\s*(\|[^{}]*)?\}\}/.exec(text)?.[1];
  if (key === undefined) return undefined;
  return {
    message: `${key} would stand in an argument, which every user of the machine can read`,
    hint: 'put it into one of `files`, and {{ file.NAME }} here',
  };
}

/** The fields of one file, together. */
export function fileFieldsProblem(
  fields: ReadonlySet<string>,
): { readonly field: string | undefined; readonly problem: Problem } | undefined {
  const kinds = fileSources().filter((kind) => fields.has(kind));
  if (kinds.length !== 1) {
    const problem = {
      message: 'a file is made in exactly one way',
      hint: `one of ${fileSources().join(', ')}`,
    };
    return { field: kinds[1], problem };
  }
  if (fields.has('save') && kinds[0] !== 'content') {
    const problem = {
      message: 'only a file that is the value of one key can be saved',
      hint: 'content: { key: KEY }',
    };
    return { field: 'save', problem };
  }
  return undefined;
}
