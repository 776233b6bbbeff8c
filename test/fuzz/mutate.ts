/** Byte-level mutation, the same for the same seed. */

/** Numbers from 0 to below `below`. */
export type Random = (below: number) => number;

/** mulberry32 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What means something to one of the readers. */
const TOKENS: readonly Uint8Array[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    '=',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\0',
    '\ufeff',
    "'",
    '#',
    '&a',
    '*a',
  ],
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1e9',
    '1.0',
    '9007199254740993',
    '""',
    '{}',
    '[]',
    '\\u0000',
    '\\ud800',
    '==',
  ],
  ...[
    '"__proto__":',
    '"version":2,',
    '"version":1,',
    '"secrets":',
    '"keywrap":{},',
    'export ',
    '<<: ',
    '!!js ',
    '---\n',
  ],
  ...[
    'AAAA',
    'ML-KEM-1024',
    'ML-KEM-768',
    '- ',
    '? ',
    '|\n',
    '%YAML 1.1\n',
    '${',
    '"'.repeat(64),
    '['.repeat(64),
  ],
].map((text) => new TextEncoder().encode(text));
const BYTES = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0x00], [0x7f], [0xe2, 0x80]];
const ALL = [...TOKENS, ...BYTES.map((bytes) => Uint8Array.from(bytes))];

/** One to four changes of a copy of `bytes`; `other` lends pieces. */
export function mutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let now: Uint8Array = bytes.slice();
  for (let changes = 1 + random(4); changes > 0; changes -= 1) now = changed(now, other, random);
  return now;
}

function changed(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random(random(8) === 0 ? bytes.length + 1 : 16));
  const token = ALL[random(ALL.length)] ?? new Uint8Array();
  switch (random(8)) {
    case 0:
    case 1: {
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    }
    case 2:
      return spliced(bytes, at, Math.min(bytes.length, at + token.length), token);
    case 3:
      return spliced(bytes, at, at, token);
    case 4:
      return spliced(bytes, at, end, new Uint8Array());
    case 5:
      return spliced(bytes, at, at, bytes.subarray(at, end));
    case 6: {
      const from = random(other.length + 1);
      return spliced(bytes, at, end, other.subarray(from, from + random(200)));
    }
    default:
      return bytes.slice(0, at);
  }
}

function spliced(bytes: Uint8Array, from: number, to: number, insert: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length - (to - from) + insert.length);
  out.set(bytes.subarray(0, from));
  out.set(insert, from);
  out.set(bytes.subarray(to), from + insert.length);
  return out;
}
