/**
 * The forms in which a value is looked for in what a target prints: as it is, and as programs encode it (launch: mask).
 * Pure. All that is given back holds the value: it is secret too.
 */

/** Values shorter than this, in characters, would be found in words that have nothing to do with them. */
const SHORTEST = 6;
/** Where `base64` and `openssl base64` break their lines, in characters (RFC 2045, RFC 7468). */
const LINE_LENGTHS = [76, 64];

/** Whether a value (UTF-8) is long enough to be looked for. */
export function isMaskable(value: Uint8Array): boolean {
  return (
    value.length >= SHORTEST &&
    [...new TextDecoder('utf-8', { ignoreBOM: true }).decode(value)].length >= SHORTEST
  );
}

/** Each form once. A value (UTF-8) that is too short has none. */
export function formsOf(value: Uint8Array): readonly Uint8Array[] {
  if (!isMaskable(value)) return [];
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value);
  const forms = new Set([text, ...urlForms(text), ...jsonForms(text), ...base64Forms(value)]);
  const encoder = new TextEncoder();
  return [...forms].map((form) => encoder.encode(form)).filter((form) => form.length >= SHORTEST);
}

/** RFC 3986, what JavaScript leaves alone of it, and HTML's forms; hexadecimal digits of both cases. */
function urlForms(text: string): readonly string[] {
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, percent);
  const path = strict.replaceAll('%2F', '/');
  return [component, strict, path, strict.replaceAll('%20', '+')].flatMap((form) => [
    form,
    form.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()),
  ]);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Inside its quotes: shortest escapes, everything beyond ASCII escaped, and each of them with `/` escaped. */
function jsonForms(text: string): readonly string[] {
  const short = JSON.stringify(text).slice(1, -1);
  const ascii = short.replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [short, ascii].flatMap((form) => [form, form.replaceAll('/', '\\/')]);
}

/**
 * By itself, in one line or several; and within something longer, as in the user:password of HTTP's Basic scheme. There it
 * starts at one of three places of a group of 3 bytes, and either ends the text, or only the characters that no neighbour
 * changes are its own. With padding and without.
 */
function base64Forms(value: Uint8Array): readonly string[] {
  const alone = Buffer.from(value).toString('base64');
  const lines = LINE_LENGTHS.map((length) => alone.replace(new RegExp(`.{${length}}(?=.)`, 'g'), '$&\n'));
  const within = [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), value]);
    const last = shifted.toString('base64').slice(Math.ceil((before * 8) / 6));
    shifted.fill(0);
    const own = Math.floor((shifted.length * 8) / 6) - Math.ceil((before * 8) / 6);
    return [last, last.slice(0, own)];
  });
  return [...lines, ...within]
    .flatMap((form) => [form, form.replace(/=+$/, '')])
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}
