/** Adds a profile to the text of a profile file and keeps every other byte of it. */
import { Fault } from '../fault.ts';
import { appendProfile } from './examples.ts';
import { parseProfiles } from './parse.ts';

/**
 * The new text. The result is parsed before it is given back, so that what is written is a valid file. Faults `profile`:
 * the file is broken, has a profile of that name, or has its `profiles` in a place or style that cannot be appended to.
 */
export async function addProfile(
  text: string,
  path: string,
  name: string,
  lines: readonly string[],
): Promise<string> {
  const encoder = new TextEncoder();
  const before = text.trim() === '' ? 'version: 1\n' : text;
  const file = await parseProfiles(encoder.encode(before), path, 'user');
  if (file.profiles.some((profile) => profile.name === name)) {
    throw new Fault('profile', `there is a profile ${name} in ${path}`, {
      hint: `pqx explain -p ${name} ${name}   shows it; edit ${path}`,
    });
  }
  const after = appendProfile(before, name, lines, await placeOf(before, path));
  const names = await namesIn(encoder.encode(after), path);
  const kept = file.profiles.every((profile, index) => names[index] === profile.name);
  if (!kept || names.at(-1) !== name) throw cannotAppend(path);
  return after;
}

/** The names of the profiles; of a file that appending has broken, a document end or a tab being where it stops, none. */
async function namesIn(bytes: Uint8Array, path: string): Promise<readonly string[]> {
  try {
    return (await parseProfiles(bytes, path, 'user')).profiles.map((profile) => profile.name);
  } catch {
    return [];
  }
}

async function placeOf(text: string, path: string): Promise<Parameters<typeof appendProfile>[3]> {
  const { isMap, isScalar, parseDocument } = await import('yaml');
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw cannotAppend(path);
  const at = contents.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === 'profiles');
  if (at < 0) return { kind: 'absent' };
  const value = contents.items[at]?.value;
  if (at !== contents.items.length - 1) throw cannotAppend(path);
  if (value === null || (isScalar(value) && value.value === null)) return { kind: 'block', indent: 2 };
  if (!isMap(value) || value.range == null) throw cannotAppend(path);
  if (value.items.length === 0) return { kind: 'empty', from: value.range[0], to: value.range[1] };
  const [first] = value.items;
  if (value.flow === true || !isScalar(first?.key) || first.key.range == null) throw cannotAppend(path);
  const lineStart = text.lastIndexOf('\n', first.key.range[0]) + 1;
  return { kind: 'block', indent: first.key.range[0] - lineStart };
}

function cannotAppend(path: string): Fault {
  return new Fault(
    'profile',
    `a profile can only be added where \`profiles:\` is the last map of the file, in block style`,
    {
      place: { file: path },
      hint: 'move `profiles:` to the end, one profile a line',
    },
  );
}
