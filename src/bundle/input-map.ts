/** Maps of names to texts, as `import` takes them. Their readers make strings of the values, which cannot be wiped. */
import { utf8, wipeValues } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { isObject, parseJson } from '../json.ts';
import { placeOfBreak } from './json-place.ts';
import { MOST_SECRETS } from './limits.ts';
import { checkValue, isName } from './names.ts';
import type { Secrets } from './types.ts';

/** The names and values in JSON `text`. A Fault `input` for anything but one object of texts. */
export function readJsonMap(text: string, file: string): ReadonlyMap<string, string> {
  const parsed = parseJson(text, { depth: 2, containers: 100, items: MOST_SECRETS });
  if ('wrong' in parsed) throw notRead(text, file, parsed.wrong);
  const document = parsed.value;
  if (!isObject(document)) throw wrong(file, 'it is no object of names and values', '{ "NAME": "value" }');
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(document)) {
    if (typeof value !== 'string') {
      throw wrong(file, `the value of ${printable(name)} is no text`, 'write it in quotes: "42"');
    }
    found.set(name, value);
  }
  return found;
}

/** The place is known for what is no JSON; what is JSON and not taken has none. */
function notRead(text: string, file: string, what: string): Fault {
  const place = placeOfBreak(text);
  return place === undefined
    ? wrong(file, what)
    : new Fault('input', 'this is not JSON', {
        place: { file, ...place },
        hint: 'see that every text is in double quotes, and that commas stand between them and nowhere else',
      });
}

/** As secrets of a bundle. A Fault `input` for a name or a value that no bundle may hold. */
export function secretsOf(texts: ReadonlyMap<string, string>, file: string): Secrets {
  const secrets: Secrets = new Map();
  try {
    for (const [name, text] of texts) {
      if (!text.isWellFormed())
        throw wrong(file, `the value of ${printable(name)} is not well-formed Unicode`);
      if (!isName(name)) {
        const hint = 'names are letters, digits and _, at most 256, and start with no digit';
        throw wrong(file, `${printable(name)} is no name for a key`, hint);
      }
      const value = utf8(text);
      secrets.set(name, value);
      checkValue(name, value);
    }
    return secrets;
  } catch (error) {
    wipeValues(secrets);
    throw error;
  }
}

function wrong(file: string, what: string, hint?: string): Fault {
  return new Fault('input', what, hint === undefined ? { place: { file } } : { place: { file }, hint });
}
