/** The forms in which `export` prints secrets; each gives every value back exactly. Values are UTF-8 without NUL. */
import { type Escapes, escapes, jsonEscapes, type Piece, written } from './escape.ts';
import { isName, steeringTest } from './names.ts';
import type { Secrets } from './types.ts';

export type ExportForm = 'sh' | 'fish' | 'dotenv' | 'json' | 'nul';

const NONE: Escapes = new Map();
/** Between a shell's single quotes nothing is special but the quote, which has to stand outside. */
const SH = escapes({ "'": "'\\''" });
/** Between fish's single quotes a backslash escapes itself and the quote, and nothing else. */
const FISH = escapes({ '\\': '\\\\', "'": "\\'" });
/** The escapes between double quotes that `pack` reads, and that other readers of .env files agree on. */
const DOTENV = escapes({ '\\': '\\\\', '"': '\\"', $: '\\$', '`': '\\`', '\n': '\\n', '\r': '\\r' });

/**
 * The secrets that may be printed, and the names of the others: those outside the grammar, which a shell could run, and
 * those that steer programs (`steeringTest`), so that evaluating an export of someone's bundle only sets plain variables.
 */
export function exportable(secrets: Secrets): {
  readonly printed: Secrets;
  readonly withheld: readonly string[];
} {
  const printed: Secrets = new Map();
  const withheld: string[] = [];
  const steers = steeringTest();
  for (const [name, value] of secrets) {
    if (isName(name) && !steers(name)) printed.set(name, value);
    else withheld.push(name);
  }
  return { printed, withheld };
}

/** The text, to be written out and wiped. Throws RangeError for a name outside the grammar: see `exportable`. */
export function exportText(secrets: Secrets, form: ExportForm): Uint8Array {
  for (const name of secrets.keys()) {
    if (!isName(name)) throw new RangeError('a name outside the grammar is never exported');
  }
  const each = (piece: (name: string, value: Uint8Array) => readonly Piece[]) =>
    written([...secrets].flatMap(([name, value]) => piece(name, value)));
  switch (form) {
    case 'sh':
      return each((name, value) => [`export ${name}='`, { value, escapes: SH }, "'\n"]);
    case 'fish':
      return each((name, value) => [`set -gx ${name} '`, { value, escapes: FISH }, "'\n"]);
    case 'dotenv':
      return each((name, value) => dotenvLine(name, value));
    case 'nul':
      return each((name, value) => [`${name}=`, { value, escapes: NONE }, '\0']);
    case 'json':
      return json(secrets);
  }
}

/** Single quotes wherever they do, since every reader of such files takes them literally. */
function dotenvLine(name: string, value: Uint8Array): readonly Piece[] {
  const literal = !value.some((byte) => byte === 0x27 || byte === 0x5c || byte === 0x0d);
  return literal
    ? [`${name}='`, { value, escapes: NONE }, "'\n"]
    : [`${name}="`, { value, escapes: DOTENV }, '"\n'];
}

function json(secrets: Secrets): Uint8Array {
  const escapes = jsonEscapes();
  if (secrets.size === 0) return written(['{}\n']);
  const members = [...secrets].flatMap(([name, value], index): Piece[] => [
    `${index === 0 ? '{\n' : ',\n'}  "${name}": "`,
    { value, escapes },
    '"',
  ]);
  return written([...members, '\n}\n']);
}
