/**
 * Bytes of the system as text, without loss (PEP 383): valid UTF-8 decodes as itself, any other byte b stands as the
 * lone surrogate U+DC00 + b. Encoding turns it back, so arguments and variables that are not UTF-8 pass through pqx
 * unchanged while patterns can still be matched against them.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export const encoder = new TextEncoder();

export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapedTextOfBytes(bytes);
  }
}

/** Whether the text stands for bytes that are not UTF-8. */
export function hasRawBytes(text: string): boolean {
  return !text.isWellFormed() && /(?<![\ud800-\udbff])[\udc80-\udcff]/.test(text);
}

export function bytesOfText(text: string): Uint8Array {
  if (!hasRawBytes(text)) return encoder.encode(text);
  const out: number[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character.length === 1 && code >= 0xdc80 && code <= 0xdcff) out.push(code - 0xdc00);
    else out.push(...encoder.encode(character));
  }
  return Uint8Array.from(out);
}

function escapedTextOfBytes(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    const decoded = length === 0 ? undefined : decodeOne(bytes.subarray(at, at + length), length);
    if (decoded === undefined) {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += 1;
    } else {
      text += decoded;
      at += length;
    }
  }
  return text;
}

function decodeOne(bytes: Uint8Array, length: number): string | undefined {
  if (bytes.length < length) return undefined;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes a UTF-8 sequence that starts with `first` has; 0 when none starts with it. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}
