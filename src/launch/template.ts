/** Puts values into templates (profile/template.ts has their syntax). Pure. */
import { Fault } from '../fault.ts';
import type { Template, TemplatePart } from '../profile/template.ts';
import { applyFilter } from './template-filters.ts';

/**
 * The bytes of the template with the values (UTF-8) in their places. Faults `launch` name keys, never values: an
 * unfiltered value of several lines, which could add a line to what is rendered, and what a filter cannot hold.
 */
export function renderTemplate(template: Template, value: (key: string) => Uint8Array): Uint8Array {
  return new TextEncoder().encode(textOf(template, value, oneLine));
}

/** The text, for a serialiser that keeps values of several lines in their string. */
export function renderText(template: Template, value: (key: string) => Uint8Array): string {
  return textOf(template, value, (_part, text) => text);
}

type Bare = (part: KeyPart, value: string) => string;
type KeyPart = TemplatePart & { readonly kind: 'key' };

function textOf(template: Template, value: (key: string) => Uint8Array, bare: Bare): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return template.map((part) => partText(part, (key) => decoder.decode(value(key)), bare)).join('');
}

function partText(part: TemplatePart, value: (key: string) => string, bare: Bare): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'file':
      throw new Fault('profile', `there is no file ${part.name} in this profile`);
    case 'key':
      return part.filter === undefined
        ? bare(part, value(part.key))
        : applyFilter(part.filter, part.key, value(part.key));
  }
}

function oneLine(part: KeyPart, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new Fault(
    'launch',
    `the value of ${part.key} has several lines, and its place in the template no filter`,
    {
      hint: `{{ ${part.key} | json }}, or {{ ${part.key} | raw }} to put it in as it is`,
    },
  );
}
