/** What a template's filters do to a value, so that it cannot break out of the place where it stands (PROFILES, filters). */
import { Fault } from '../fault.ts';
import type { Filter } from '../profile/template.ts';

/** The value as the filter writes it. A Fault `launch` naming key and filter when its format cannot hold the value. */
export function applyFilter(filter: Filter, key: string, value: string): string {
  switch (filter) {
    case 'raw':
      return value;
    case 'json':
      return jsonString(value);
    case 'url':
      // RFC 3986: what is unreserved stays; encodeURIComponent leaves five more characters alone.
      return encodeURIComponent(value).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case 'base64':
      return Buffer.from(value, 'utf8').toString('base64');
    case 'shell':
      return `'${value.replaceAll("'", "'\\''")}'`;
    case 'pgpass':
      return oneLine(filter, key, value).replace(/[\\:]/g, '\\$&');
    case 'netrc':
      return netrcToken(oneLine(filter, key, value));
    case 'ini':
      return iniValue(oneLine(filter, key, value));
  }
}

/** With its quotes; the two line separators that JSON allows and JavaScript once did not are escaped. */
function jsonString(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

/** netrc tokens end at white space; between double quotes a backslash escapes. */
function netrcToken(value: string): string {
  return /^[^\s"\\#']+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Between double quotes as JSON where the bare text would be read differently: comments, quotes, outer white space. */
function iniValue(value: string): string {
  return /^[^\s"';#=[\]\\$][^"';#\\$]*$/.test(value) && value.trim() === value ? value : jsonString(value);
}

function oneLine(filter: Filter, key: string, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new Fault('launch', `the value of ${key} has several lines, which the ${filter} format cannot hold`, {
    hint: `pqx set ${key}   stores another value`,
  });
}
