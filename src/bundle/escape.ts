/** Writes values among literal text, bytes escaped by a table, into one buffer: no copy of a value is left behind. */
import { utf8 } from '../crypto/wipe.ts';

/** Byte → what stands for it. Bytes that are not in it stand for themselves. */
export type Escapes = ReadonlyMap<number, Uint8Array>;

/** Literal text, or a value and how its bytes are escaped. */
export type Piece = string | { readonly value: Uint8Array; readonly escapes: Escapes };

/** The escapes of a table that is written as text. */
export function escapes(table: Readonly<Record<string, string>>): Escapes {
  return new Map(Object.entries(table).map(([character, text]) => [character.charCodeAt(0), utf8(text)]));
}

/** What JSON asks for in UTF-8 (RFC 8259 section 7). */
export function jsonEscapes(): Escapes {
  return escapes({
    ...Object.fromEntries(
      Array.from({ length: 32 }, (_, code) => {
        const character = String.fromCharCode(code);
        return [character, JSON.stringify(character).slice(1, -1)];
      }),
    ),
    '"': '\\"',
    '\\': '\\\\',
  });
}

/** The pieces, one after the other, in UTF-8. To be wiped when it holds secrets. */
export function written(pieces: readonly Piece[]): Uint8Array {
  const encoded = pieces.map((piece) => (typeof piece === 'string' ? utf8(piece) : piece));
  const out = new Uint8Array(
    encoded.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : lengthOf(piece)), 0),
  );
  let at = 0;
  for (const piece of encoded) {
    if (piece instanceof Uint8Array) {
      out.set(piece, at);
      at += piece.length;
    } else {
      at = writeEscaped(piece.value, piece.escapes, out, at);
    }
  }
  return out;
}

function lengthOf({ value, escapes }: { readonly value: Uint8Array; readonly escapes: Escapes }): number {
  let length = value.length;
  if (escapes.size === 0) return length;
  for (const byte of value) length += (escapes.get(byte)?.length ?? 1) - 1;
  return length;
}

function writeEscaped(value: Uint8Array, escapes: Escapes, out: Uint8Array, from: number): number {
  let at = from;
  if (escapes.size === 0) {
    out.set(value, at);
    return at + value.length;
  }
  for (const byte of value) {
    const instead = escapes.get(byte);
    if (instead === undefined) {
      out[at] = byte;
      at += 1;
    } else {
      out.set(instead, at);
      at += instead.length;
    }
  }
  return at;
}
