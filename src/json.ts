/**
 * Reading JSON that others wrote. What JSON.parse lets pass must not: two members of one name, of which readers pick
 * different ones, and nesting or numbers of things that cost memory without meaning anything. Looked at before parsing,
 * without recursion, in one pass over the text.
 */
import { printable } from './fault.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface JsonLimits {
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Objects and arrays in all. */
  readonly containers: number;
  /** Members and elements in all. */
  readonly items: number;
}

/** What is in the text, or what is wrong with it, for a message: it never quotes more than a name. */
export type Parsed = { readonly value: unknown } | { readonly wrong: string };

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The document in `bytes`, which must be UTF-8; a byte order mark is not taken away, so it is no JSON. */
export function parseJsonBytes(bytes: Uint8Array, limits: JsonLimits): Parsed {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { wrong: 'it is not UTF-8 JSON' };
  }
  return parseJson(text, limits);
}

/** A text up to this many characters costs little to parse, whatever it is made of. */
const SHORT = 65_536;

export function parseJson(text: string, limits: JsonLimits): Parsed {
  const isPlain = text.length <= SHORT && !text.includes('\\');
  const plain = isPlain ? unambiguous(text, limits) : undefined;
  if (plain !== undefined) return plain;
  const wrong = ambiguity(text, limits);
  if (wrong !== undefined) return { wrong: printable(wrong) };
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The parser's own message would quote the text.
    return { wrong: /[^ \t\n\r]/.test(text) ? 'it is not UTF-8 JSON' : 'it is empty' };
  }
}

/**
 * The document of a text without escapes in which nothing is wrong; undefined when something is, or may be. Of two members
 * of one name the parser keeps one: then the text holds more strings than the document. To count them is a good deal less
 * than to compare all names, on the way to every launch.
 */
function unambiguous(text: string, limits: JsonLimits): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const held: Tally = { strings: 0, containers: 0, items: 0 };
  const fits = tally(value, limits.depth, held);
  if (!fits || held.containers > limits.containers || held.items > limits.items) return undefined;
  return 2 * held.strings === quotesIn(text) ? { value } : undefined;
}

interface Tally {
  /** Names of members among them. */
  strings: number;
  containers: number;
  /** Members and elements that a comma stands before. */
  items: number;
}

/** Adds what is in `value` to `held`. False when that is nested deeper than `depth` levels. */
function tally(value: unknown, depth: number, held: Tally): boolean {
  if (typeof value === 'string') held.strings += 1;
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  held.containers += 1;
  let parts = 0;
  if (Array.isArray(value)) {
    parts = value.length;
    for (const part of value) if (!tally(part, depth - 1, held)) return false;
  } else if (isObject(value)) {
    const names = Object.keys(value);
    parts = names.length;
    held.strings += parts;
    for (const name of names) if (!tally(value[name], depth - 1, held)) return false;
  }
  if (parts > 1) held.items += parts - 1;
  return true;
}

function quotesIn(text: string): number {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes;
}

/** Undefined when nothing is wrong. Text that is not JSON may pass. */
function ambiguity(text: string, limits: JsonLimits): string | undefined {
  // One entry for each object or array that is open: the names seen, or undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  const structure = /["{}[\],]/g;
  let containers = 0;
  let items = 0;
  // In an object, a string is a name where nothing but white space stands between it and a brace or a comma.
  let isNamePlace = false;
  while (structure.test(text)) {
    const at = structure.lastIndex - 1;
    const token = text[at];
    switch (token) {
      case '{':
      case '[':
        containers += 1;
        open.push(token === '{' ? new Set() : undefined);
        if (open.length > limits.depth) return `it is nested deeper than ${limits.depth} levels`;
        if (containers > limits.containers)
          return `it holds more than ${limits.containers} objects and arrays`;
        isNamePlace = token === '{';
        break;
      case ',':
        items += 1;
        if (items > limits.items) return `it holds more than ${limits.items} members`;
        isNamePlace = true;
        break;
      case '"': {
        const end = stringEnd(text, at);
        if (end < 0) return undefined;
        structure.lastIndex = end + 1;
        const names = isNamePlace ? open[open.length - 1] : undefined;
        isNamePlace = false;
        if (names === undefined) break;
        const name = meaning(text.slice(at, end + 1));
        if (names.has(name)) return `two members are named ${name}`;
        names.add(name);
        break;
      }
      default:
        open.pop();
        isNamePlace = false;
    }
  }
  return undefined;
}

/** Where the string that starts at `start` has its closing quote; -1 when it has none. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}

/** A name as it is meant: `\u0041` is `A`. */
function meaning(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}
