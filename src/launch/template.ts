/**
 * Templates of profiles: `{{ KEY }}`, `{{ KEY | filter }}`, `{{ file.NAME }}`, and `{{ "{{" }}` for two braces. Values are
 * put in once and never expanded again. Pure.
 */
import { Fault } from '../fault.ts';
import { applyFilter, FILTERS, type Filter } from './template-filters.ts';

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'key'; readonly key: string; readonly filter: Filter | undefined }
  | { readonly kind: 'file'; readonly name: string };

export type Template = readonly TemplatePart[];

/** What is wrong with a template, and where: offset in UTF-16 units from its start. */
export interface TemplateError {
  readonly message: string;
  readonly offset: number;
  readonly hint: string;
}

/** The parts of `text`, or what is wrong with it. */
export function readTemplate(text: string): Template | TemplateError {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', at)) {
    if (open > at) parts.push({ kind: 'text', text: text.slice(at, open) });
    const braces = /^\{\{\s*"\{\{"\s*\}\}/.exec(text.slice(open));
    const close = braces === null ? text.indexOf('}}', open) : open + braces[0].length - 2;
    if (close < 0)
      return { message: 'a {{ has no }}', offset: open, hint: '{{ KEY }}, or {{ "{{" }} for two braces' };
    const part =
      braces === null ? readPlace(text.slice(open + 2, close), open) : { kind: 'text' as const, text: '{{' };
    if ('message' in part) return part;
    parts.push(part);
    at = close + 2;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** As `readTemplate`; throws a Fault `profile` when something is wrong. */
export function parseTemplate(text: string): Template {
  const template = readTemplate(text);
  if ('message' in template) throw new Fault('profile', template.message, { hint: template.hint });
  return template;
}

/** The bundle keys that a template names: each once, in order. */
export function templateKeys(template: Template): readonly string[] {
  return [...new Set(template.flatMap((part) => (part.kind === 'key' ? [part.key] : [])))];
}

/**
 * The bytes of the template with the values (UTF-8) in their places. Faults `launch` name keys, never values: an
 * unfiltered value of several lines, which could add a line to what is rendered, and what a filter cannot hold.
 */
export function renderTemplate(template: Template, value: (key: string) => Uint8Array): Uint8Array {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const text = template.map((part) => partText(part, (key) => decoder.decode(value(key))));
  return new TextEncoder().encode(text.join(''));
}

function partText(part: TemplatePart, value: (key: string) => string): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'file':
      throw new Fault('profile', `there is no file ${part.name} in this profile`);
    case 'key':
      return filtered(part, value(part.key));
  }
}

function filtered(part: TemplatePart & { readonly kind: 'key' }, value: string): string {
  if (part.filter !== undefined) return applyFilter(part.filter, part.key, value);
  if (!/[\r\n]/.test(value)) return value;
  throw new Fault(
    'launch',
    `the value of ${part.key} has several lines, and its place in the template no filter`,
    {
      hint: `{{ ${part.key} | json }}, or {{ ${part.key} | raw }} to put it in as it is`,
    },
  );
}

function readPlace(inner: string, offset: number): TemplatePart | TemplateError {
  const words = inner.split('|').map((word) => word.trim());
  const [name = '', filter, ...more] = words;
  const file = /^file\.([^\s/|{}]+)$/.exec(name)?.[1];
  if (file !== undefined && filter === undefined) return { kind: 'file', name: file };
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)) {
    return {
      message: 'what stands between {{ and }} is no key',
      offset,
      hint: '{{ KEY }}, or {{ KEY | filter }}',
    };
  }
  if (more.length > 0)
    return { message: 'a place in a template takes one filter', offset, hint: `{{ ${name} | ${filter} }}` };
  if (filter === undefined) return { kind: 'key', key: name, filter: undefined };
  const known = FILTERS.find((candidate) => candidate === filter);
  if (known === undefined)
    return { message: `unknown filter ${filter}`, offset, hint: `filters: ${FILTERS.join(', ')}` };
  return { kind: 'key', key: name, filter: known };
}
