/** The forms in which `export` prints secrets; each gives every value back exactly. Values are UTF-8 without NUL. */
import { concatBytes, utf8 } from '../crypto/wipe.ts';
import type { Secrets } from './types.ts';

export type ExportForm = 'sh' | 'fish' | 'dotenv' | 'json' | 'nul';

/** The text, to be written out and wiped. Names must be of the grammar (`isName`), so that evaluating them is harmless. */
export function exportText(secrets: Secrets, form: ExportForm): Uint8Array {
  switch (form) {
    case 'sh':
      return lines(secrets, (name, value) => [
        utf8(`export ${name}='`),
        doubled(value, 0x27, utf8("'\\''")),
        utf8("'\n"),
      ]);
    case 'fish':
      return lines(secrets, (name, value) => [utf8(`set -gx ${name} '`), fishQuoted(value), utf8("'\n")]);
    case 'dotenv':
      return lines(secrets, (name, value) => [utf8(`${name}="`), dotenvQuoted(value), utf8('"\n')]);
    case 'nul':
      return lines(secrets, (name, value) => [utf8(`${name}=`), value, Uint8Array.of(0)]);
    case 'json':
      return json(secrets);
  }
}

function lines(
  secrets: Secrets,
  line: (name: string, value: Uint8Array) => readonly Uint8Array[],
): Uint8Array {
  return concatBytes(...[...secrets].flatMap(([name, value]) => line(name, value)));
}

function json(secrets: Secrets): Uint8Array {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const members = [...secrets].map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(decoder.decode(value))}`,
  );
  return utf8(members.length === 0 ? '{}\n' : `{\n${members.join(',\n')}\n}\n`);
}

/** Between fish's single quotes a backslash escapes itself and the quote, and nothing else. */
function fishQuoted(value: Uint8Array): Uint8Array {
  return doubled(doubled(value, 0x5c, utf8('\\\\')), 0x27, utf8("\\'"));
}

/** Double quotes with the escapes that `pack` reads and that other readers of .env files agree on. */
function dotenvQuoted(value: Uint8Array): Uint8Array {
  const escapes: readonly (readonly [number, string])[] = [
    [0x5c, '\\\\'],
    [0x22, '\\"'],
    [0x24, '\\$'],
    [0x0a, '\\n'],
    [0x0d, '\\r'],
  ];
  return escapes.reduce((bytes, [byte, escaped]) => doubled(bytes, byte, utf8(escaped)), value);
}

/** `value` with every `byte` in it replaced. */
function doubled(value: Uint8Array, byte: number, replacement: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = value.indexOf(byte); at >= 0; at = value.indexOf(byte, at + 1)) {
    parts.push(value.subarray(from, at), replacement);
    from = at + 1;
  }
  return parts.length === 0 ? value : concatBytes(...parts, value.subarray(from));
}
