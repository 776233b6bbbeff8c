/**
 * Replaces values in a stream of bytes (launch: mask). Pure. What is held back between two chunks is no longer than the
 * longest form: the end that could still become one.
 */
import { formsOf } from './mask-forms.ts';

/** What stands for a value. */
const STARS = new Uint8Array([0x2a, 0x2a, 0x2a]);

export interface Mask {
  /** What can be written of the stream so far, given its next bytes. */
  next(chunk: Uint8Array): Uint8Array;
  /** The rest, at the end of the stream. */
  end(): Uint8Array;
}

interface Pattern {
  readonly bytes: Uint8Array;
  /** For each prefix the length of its longest proper suffix that is a prefix again (Knuth, Morris and Pratt). */
  readonly border: Uint32Array;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Makes masks for streams of their own, of the same values (UTF-8 bytes). */
export function maskOf(values: readonly Uint8Array[]): () => Mask {
  const forms = new Map(values.flatMap(formsOf).map((form) => [Buffer.from(form).toString('latin1'), form]));
  const patterns = [...forms.values()].map((bytes): Pattern => ({ bytes, border: bordersOf(bytes) }));
  return () => maskWith(patterns);
}

function maskWith(patterns: readonly Pattern[]): Mask {
  let held: Uint8Array = new Uint8Array(0);
  /** How much of `held` stars already stand for. */
  let covered = 0;
  const run = (chunk: Uint8Array, isLast: boolean): Uint8Array => {
    const data = Buffer.concat([held, chunk]);
    held.fill(0);
    const until = isLast ? data.length : firstPossible(patterns, data);
    const out: Uint8Array[] = [];
    let at = covered;
    for (const { from, to } of spansOf(patterns, data)) {
      // Values that overlap are one: its stars may have been written before its end was known.
      if (from >= until || to <= at) continue;
      if (from >= at) out.push(data.subarray(at, from), STARS);
      at = to;
    }
    if (at < until) out.push(data.subarray(at, until));
    held = Uint8Array.from(data.subarray(until));
    covered = Math.max(at - until, 0);
    const result = Buffer.concat(out);
    data.fill(0);
    return result;
  };
  return { next: (chunk) => run(chunk, false), end: () => run(new Uint8Array(0), true) };
}

/** Where values stand, in order; those that overlap are one span. */
function spansOf(patterns: readonly Pattern[], data: Buffer): readonly Span[] {
  const found = patterns.flatMap((pattern) => occurrences(pattern, data));
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  const spans: Span[] = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (last === undefined || span.from >= last.to) spans.push(span);
    else if (span.to > last.to) spans[spans.length - 1] = { from: last.from, to: span.to };
  }
  return spans;
}

function occurrences({ bytes, border }: Pattern, data: Buffer): readonly Span[] {
  const spans: Span[] = [];
  // The next one can overlap this one by no more than a border.
  const step = bytes.length - (border.at(-1) ?? 0);
  for (let from = data.indexOf(bytes); from >= 0; from = data.indexOf(bytes, from + step))
    spans.push({ from, to: from + bytes.length });
  return spans;
}

/** Where the end of `data` starts that may be the beginning of a value; its length when there is none. */
function firstPossible(patterns: readonly Pattern[], data: Uint8Array): number {
  const lengths = patterns.map((pattern) => possibleLength(pattern, data));
  return data.length - Math.max(0, ...lengths);
}

/** The longest end of `data` that is a proper prefix of the pattern. */
function possibleLength({ bytes, border }: Pattern, data: Uint8Array): number {
  let matched = 0;
  for (let at = Math.max(0, data.length - bytes.length + 1); at < data.length; at += 1) {
    while (matched > 0 && bytes[matched] !== data[at]) matched = border[matched - 1] ?? 0;
    if (bytes[matched] === data[at]) matched += 1;
  }
  return matched;
}

function bordersOf(bytes: Uint8Array): Uint32Array {
  const border = new Uint32Array(bytes.length);
  for (let at = 1, matched = 0; at < bytes.length; at += 1) {
    while (matched > 0 && bytes[matched] !== bytes[at]) matched = border[matched - 1] ?? 0;
    if (bytes[matched] === bytes[at]) matched += 1;
    border[at] = matched;
  }
  return border;
}
