/**
 * The syntax of templates: `{{ KEY }}`, `{{ KEY | filter }}`, `{{ file.NAME }}`, and `{{ "{{" }}` for two braces. Values are
 * put in by the launch (launch/template.ts), once, and never expanded again.
 */

export const filters = () => ['json', 'url', 'base64', 'shell', 'pgpass', 'netrc', 'ini', 'raw'] as const;
export type Filter = ReturnType<typeof filters>[number];

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

/** The bundle keys that a template names: each once, in order. */
export function templateKeys(template: Template): readonly string[] {
  return [...new Set(template.flatMap((part) => (part.kind === 'key' ? [part.key] : [])))];
}

/** A template as it was written, but for white space in its places. */
export function templateText(template: Template): string {
  return template
    .map((part) => {
      if (part.kind === 'text') return part.text === '{{' ? '{{ "{{" }}' : part.text;
      const name = part.kind === 'file' ? `file.${part.name}` : part.key;
      return part.kind === 'key' && part.filter !== undefined
        ? `{{ ${name} | ${part.filter} }}`
        : `{{ ${name} }}`;
    })
    .join('');
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
  const known = filters().find((candidate) => candidate === filter);
  if (known === undefined)
    return { message: `unknown filter ${filter}`, offset, hint: `filters: ${filters().join(', ')}` };
  return { kind: 'key', key: name, filter: known };
}
