/** From the bytes of a profile file to its profiles, everything checked (PROFILES). */
import { Fault, type Place } from '../fault.ts';
import { checkExtends } from './inherit.ts';
import { fileOf } from './parse-file.ts';
import { PROFILE_FILE } from './schema.ts';
import {
  type Extended,
  type FileKind,
  type Inherit,
  type Pin,
  PROFILE_FILE_LIMIT,
  type Profile,
  type ProfileFile,
  type Settings,
  type VariableEntry,
} from './types.ts';
import { type Data, type Entry, validate } from './validate.ts';
import { parseYaml, tooDense } from './yaml-guard.ts';

/**
 * `path` is absolute and names the file in messages. Throws a Fault `profile` with file, line and column for the first
 * thing that is wrong: YAML 1.2 core without custom tags, duplicate keys or warnings, and nothing that the schema lacks.
 */
export async function parseProfiles(bytes: Uint8Array, path: string, kind: FileKind): Promise<ProfileFile> {
  if (bytes.length > PROFILE_FILE_LIMIT) {
    throw new Fault('profile', `the file is larger than ${PROFILE_FILE_LIMIT} bytes`, {
      place: { file: path },
      hint: 'split it: --profiles FILE   names one for a launch',
    });
  }
  const text = decode(bytes, path);
  const dense = tooDense(text);
  if (dense !== undefined) {
    throw new Fault('profile', dense, {
      place: { file: path },
      hint: 'split it: --profiles FILE   names one for a launch',
    });
  }
  const yaml = await import('yaml');
  const { document, lines, complaint } = parseYaml(yaml, text, path);
  if (complaint !== undefined) throw yamlFault(complaint.code, complaint.place);
  const data = validate({ yaml, document, lines, path }, PROFILE_FILE);
  if (kind === 'project') refuseSettings(entryOf(data, 'settings'), path);
  const settings = settingsOf(entryOf(data, 'settings'), path);
  const profiles = (entriesOf(entryOf(data, 'profiles')) ?? []).map(profileOf);
  const file: ProfileFile = { path, kind, settings, profiles };
  checkExtends(file);
  return file;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('profile', 'the file is not UTF-8', { place: { file: path }, hint: 'save it as UTF-8' });
  }
}

/** The parser's own messages quote the text of the file, so they are said in our words. */
export function yamlFault(code: string, place: Place): Fault {
  switch (code) {
    case 'DUPLICATE_KEY':
      return new Fault('profile', 'this key stands twice in its map', {
        place,
        hint: 'remove or rename one of the two',
      });
    case 'TAG_RESOLVE_FAILED':
      return new Fault('profile', 'a text that starts with ! is a tag in YAML', {
        place,
        hint: 'quote it: "!AWS_*"',
      });
    case 'MULTIPLE_DOCS':
      return new Fault('profile', 'the file holds more than one YAML document', {
        place,
        hint: 'remove the --- line',
      });
    case 'TAB_AS_INDENT':
      return new Fault('profile', 'a tab indents this line', { place, hint: 'indent with spaces' });
    case 'BAD_INDENT':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return new Fault('profile', 'the indentation is wrong here', {
        place,
        hint: 'entries of one map start in the same column',
      });
    case 'MISSING_CHAR':
      return new Fault(
        'profile',
        'a character is missing here, such as a closing quote or bracket, or the : after a key',
        { place, hint: 'see that every quote, [ and { is closed' },
      );
    case 'BAD_ALIAS':
      return new Fault('profile', 'an alias or anchor is wrong here', {
        place,
        hint: 'quote a text that starts with * or &',
      });
    default:
      return new Fault('profile', `this is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`, {
        place,
        hint: 'quote a text that holds any of : # { } [ ] , & * ! | > % @ `',
      });
  }
}

/** A project file speaks for its own profiles, and not for the user's launches. */
function refuseSettings(data: Data | undefined, path: string): void {
  const refused = entriesOf(data)?.find((entry) => entry.name !== 'bundle');
  if (refused === undefined) return;
  throw new Fault('profile', `a project file sets \`bundle\` alone, not \`${refused.name}\``, {
    place: { file: path, line: refused.line },
    hint: `set \`${refused.name}\` in your own profiles.yaml`,
  });
}

function settingsOf(data: Data | undefined, path: string): Settings {
  const quiet = scalarOf(entryOf(data, 'quiet'));
  const bundle = scalarOf(entryOf(data, 'bundle'));
  const audit = scalarOf(entryOf(data, 'audit'));
  const rollback = scalarOf(entryOf(data, 'rollback'));
  return {
    ...(typeof quiet === 'boolean' ? { quiet } : {}),
    ...(typeof bundle === 'string' ? { bundle: resolvePath(bundle, path) } : {}),
    ...(audit === 'on' || audit === 'off' || audit === 'required' ? { audit } : {}),
    ...(rollback === 'notice' || rollback === 'refuse' ? { rollback } : {}),
  };
}

/** Relative to the file's directory. */
function resolvePath(text: string, path: string): string {
  if (text.startsWith('/')) return text;
  return `${path.slice(0, path.lastIndexOf('/'))}/${text.replace(/^(?:\.\/)+/, '')}`;
}

function profileOf(entry: Entry): Profile {
  const { data } = entry;
  const description = scalarOf(entryOf(data, 'description'));
  const args = textsOf(entryOf(data, 'args'));
  const extended = extendsOf(entryOf(data, 'extends'));
  const keys = textsOf(entryOf(data, 'keys'));
  const inherit = inheritOf(entryOf(data, 'inherit'));
  const container = scalarOf(entryOf(data, 'container'));
  const prepend = textsOf(entryOf(data, 'prepend'));
  const append = textsOf(entryOf(data, 'append'));
  const mask = scalarOf(entryOf(data, 'mask'));
  const stdin = scalarOf(entryOf(entryOf(data, 'stdin'), 'key'));
  const pin = pinOf(entryOf(data, 'pin'));
  return {
    name: entry.name,
    line: entry.line,
    command: textsOf(entryOf(data, 'command')) ?? [],
    env: (entriesOf(entryOf(data, 'env')) ?? []).flatMap(variableOf),
    files: (entriesOf(entryOf(data, 'files')) ?? []).map(fileOf),
    ...(typeof description === 'string' ? { description } : {}),
    ...(args === undefined ? {} : { args }),
    ...(extended === undefined ? {} : { extends: extended }),
    ...(keys === undefined ? {} : { keys }),
    ...(inherit === undefined ? {} : { inherit }),
    ...(container === 'env' || container === 'files' || container === 'off' ? { container } : {}),
    ...(prepend === undefined ? {} : { prepend }),
    ...(append === undefined ? {} : { append }),
    ...(typeof stdin === 'string' ? { stdin: { key: stdin } } : {}),
    ...(typeof mask === 'boolean' ? { mask } : {}),
    ...(pin === undefined ? {} : { pin }),
  };
}

function extendsOf(data: Data | undefined): readonly Extended[] | undefined {
  if (data?.kind !== 'list') return undefined;
  return data.items.flatMap((item) =>
    item.kind === 'scalar' ? [{ name: String(item.value), ...item.at }] : [],
  );
}

function pinOf(data: Data | undefined): Pin | undefined {
  const path = scalarOf(entryOf(data, 'path'));
  const hash = scalarOf(entryOf(data, 'sha3_256'));
  return typeof path === 'string' && typeof hash === 'string' ? { path, sha3_256: hash } : undefined;
}

function variableOf(entry: Entry): readonly VariableEntry[] {
  return entry.data.kind === 'variable'
    ? [{ name: entry.name, source: entry.data.source, line: entry.line }]
    : [];
}

function inheritOf(data: Data | undefined): Inherit | undefined {
  const word = scalarOf(data);
  return word === 'safe' || word === 'minimal' || word === 'all' ? word : textsOf(data);
}

function entryOf(data: Data | undefined, name: string): Data | undefined {
  return entriesOf(data)?.find((entry) => entry.name === name)?.data;
}

function entriesOf(data: Data | undefined): readonly Entry[] | undefined {
  return data?.kind === 'map' ? data.entries : undefined;
}

function textsOf(data: Data | undefined): readonly string[] | undefined {
  return data?.kind === 'list'
    ? data.items.flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []))
    : undefined;
}

function scalarOf(data: Data | undefined): string | number | boolean | null | undefined {
  return data?.kind === 'scalar' ? data.value : undefined;
}
