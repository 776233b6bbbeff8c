/** One entry of `files`, from validated data to what a launch renders (parse.ts has the rest of a profile). */
import type { FileEntry, FileSource, FileValue } from './files.ts';
import { readTemplate, type Template } from './template.ts';
import type { Data, Entry } from './validate.ts';

/** Unless the profile says otherwise. */
const OWNER_ALONE = 0o600;

export function fileOf({ name, line, data }: Entry): FileEntry {
  const fields = new Map((data.kind === 'map' ? data.entries : []).map((entry) => [entry.name, entry.data]));
  const env = textOf(fields.get('env'));
  const envDir = textOf(fields.get('env_dir'));
  const at = textOf(fields.get('at'));
  const mode = scalarOf(fields.get('mode'));
  return {
    name,
    line,
    source: sourceOf(fields),
    save: scalarOf(fields.get('save')) === true,
    mode: typeof mode === 'number' ? mode : OWNER_ALONE,
    ...(env === undefined ? {} : { env }),
    ...(envDir === undefined ? {} : { envDir }),
    ...(at === undefined ? {} : { at }),
  };
}

function sourceOf(fields: ReadonlyMap<string, Data>): FileSource {
  const template = textOf(fields.get('template'));
  if (template !== undefined) return { kind: 'template', template: templateOf(template) };
  for (const kind of ['json', 'yaml', 'dotenv'] as const) {
    const value = fields.get(kind);
    if (value !== undefined) return { kind, value: fileValue(value) };
  }
  const content = fields.get('content');
  const key = content?.kind === 'map' ? textOf(content.entries[0]?.data) : undefined;
  return { kind: 'content', key: key ?? '' };
}

function fileValue(data: Data): FileValue {
  switch (data.kind) {
    case 'list':
      return { kind: 'list', items: data.items.map(fileValue) };
    case 'map':
      return { kind: 'map', entries: data.entries.map((entry) => [entry.name, fileValue(entry.data)]) };
    case 'scalar':
      return typeof data.value === 'string'
        ? { kind: 'text', template: templateOf(data.value) }
        : { kind: 'plain', value: data.value };
    case 'variable':
      return { kind: 'plain', value: null };
  }
}

/** The validator has read it before. */
function templateOf(text: string): Template {
  const template = readTemplate(text);
  return 'message' in template ? [{ kind: 'text', text }] : template;
}

function textOf(data: Data | undefined): string | undefined {
  const value = scalarOf(data);
  return typeof value === 'string' ? value : undefined;
}

function scalarOf(data: Data | undefined): string | number | boolean | null | undefined {
  return data?.kind === 'scalar' ? data.value : undefined;
}
