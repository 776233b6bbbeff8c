import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfText, hasRawBytes, textOfBytes } from '../../src/platform/bytes.ts';

describe('byte texts', () => {
  test('any bytes come back as they were', () => {
    const soup = fc.array(
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
      ),
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        expect(bytesOfText(textOfBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  test('valid UTF-8 is its text, with a BOM and with what lies beyond the basic plane', () => {
    for (const text of ['', 'plain', 'ä€', '\ufefftext', '😀', '\u{10ffff}']) {
      expect(textOfBytes(new TextEncoder().encode(text))).toBe(text);
      expect(hasRawBytes(text)).toBe(false);
    }
  });

  test.each([
    ['a lone byte', [0xff], '\udcff'],
    ['a sequence cut short', [0xe2, 0x82], '\udce2\udc82'],
    ['an overlong form', [0xc0, 0x80], '\udcc0\udc80'],
    ['a surrogate in UTF-8', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['behind a character of two units', [0xf0, 0x9f, 0x98, 0x80, 0x80], '😀\udc80'],
  ])('%s stands as lone surrogates', (_, bytes, text) => {
    expect(textOfBytes(Uint8Array.from(bytes))).toBe(text);
    expect(hasRawBytes(text)).toBe(true);
    expect([...bytesOfText(text)]).toEqual(bytes);
  });
});
