/**
 * Writes plain values as JSON (RFC 8259), YAML (1.2, and the same for readers of 1.1) and dotenv. Texts are quoted
 * whatever they hold, so that none can end its string. Pure; without a package, whose loading a launch would pay for.
 */

/** Maps and not objects: `__proto__` is a name like any other. */
export type Plain = string | number | boolean | null | readonly Plain[] | ReadonlyMap<string, Plain>;

export function writeJson(value: Plain): string {
  return `${json(value, '')}\n`;
}

export function writeYaml(value: Plain): string {
  if (isMap(value) && value.size > 0) return yamlMap(value, '');
  if (isList(value) && value.length > 0) return yamlList(value, '');
  return `${json(value, '')}\n`;
}

/** NAME=value lines, in the quoting that `pack` and `export` have too (FORMAT, input). */
export function writeDotenv(value: Plain): string {
  if (!isMap(value)) return '';
  return [...value]
    .map(([name, item]) => `${name}=${dotenvText(item === null ? '' : String(item))}\n`)
    .join('');
}

/** Single quotes wherever they do, since every reader of such files takes them literally. */
function dotenvText(text: string): string {
  if (!/['\\\r]/.test(text)) return `'${text}'`;
  const escaped = text
    .replace(/["\\$`]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `"${escaped}"`;
}

function json(value: Plain, indent: string): string {
  const inner = `${indent}  `;
  if (isList(value)) {
    const items = value.map((item) => inner + json(item, inner));
    return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (isMap(value)) {
    const members = [...value].map(([key, item]) => `${inner}${quoted(key)}: ${json(item, inner)}`);
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

function yamlMap(map: ReadonlyMap<string, Plain>, indent: string): string {
  return [...map].map(([key, item]) => `${indent}${yamlKey(key, indent)}:${yamlItem(item, indent)}`).join('');
}

function yamlList(list: readonly Plain[], indent: string): string {
  return list.map((item) => `${indent}-${yamlItem(item, indent)}`).join('');
}

function yamlItem(item: Plain, indent: string): string {
  const inner = `${indent}  `;
  if (isMap(item) && item.size > 0) return `\n${yamlMap(item, inner)}`;
  if (isList(item) && item.length > 0) return `\n${yamlList(item, inner)}`;
  return ` ${json(item, inner)}\n`;
}

/** Bare where it is a plain word in every version of YAML; a long one has to be marked as a key (YAML 1.2.2, 7.4.2). */
function yamlKey(key: string, indent: string): string {
  const bare = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key);
  if (bare && key.length < 128) return key;
  return key.length < 128 ? quoted(key) : `? ${quoted(key)}\n${indent}`;
}

/**
 * A string of JSON that is one of YAML too: what YAML does not print (C1, the byte order mark, its own line breaks) is
 * escaped, and so is DEL.
 */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

function isMap(value: Plain): value is ReadonlyMap<string, Plain> {
  return value instanceof Map;
}
