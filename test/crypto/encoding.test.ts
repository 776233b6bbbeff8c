import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Decode, base64Encode, hexDecode, hexEncode } from '../../src/crypto/encoding.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

describe('base64', () => {
  // RFC 4648 section 10.
  test.for([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ] as const)('%s is %s', ([text, encoded]) => {
    expect(base64Encode(ascii(text))).toBe(encoded);
    expect(base64Decode(encoded)).toEqual(ascii(text));
  });

  test.for([
    ['no padding', 'Zg'],
    ['too little padding', 'Zg='],
    ['too much padding', 'Zm9v===='],
    ['padding alone', '===='],
    ['padding inside', 'Zg==Zg=='],
    ['bits that encode nothing, one byte', 'Zh=='],
    ['bits that encode nothing, two bytes', 'Zm9='],
    ['the URL alphabet', '-_-_'],
    ['white space inside', 'Zm9v\nYmFy'],
    ['white space around', ' Zm9v'],
    ['a character of no alphabet', 'Zm9!'],
    ['a character beyond ASCII', 'Zm9\u0156'],
    ['a NUL', 'Zm9v\0\0\0\0'],
    ['a lone surrogate', 'Zm9\ud800'],
  ] as const)('refuses %s', ([, text]) => {
    expect(base64Decode(text)).toBeUndefined();
  });

  test('takes white space around when lenient, and nothing else', () => {
    expect(base64Decode(' \t\r\nZm9v\n', { lenient: true })).toEqual(ascii('foo'));
    for (const text of ['Zm 9v', '\ufeffZm9v', 'Zm9v\u00a0', 'Zh==', 'Zg']) {
      expect(base64Decode(text, { lenient: true })).toBeUndefined();
    }
  });

  test('every byte sequence comes back, and has one text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = base64Encode(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(base64Decode(text)).toEqual(bytes);
      }),
    );
  });

  test('no text is decoded that is not the text of what it decodes to', () => {
    const near = fc.string({
      unit: fc.constantFrom('A', 'Z', '9', '+', '/', '=', '-', '\n', 'é'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(near, (text) => {
        const bytes = base64Decode(text);
        if (bytes !== undefined) expect(base64Encode(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('takes as much as the largest file holds', () => {
    const bytes = new Uint8Array(12 * 1024 * 1024).map((_, index) => index * 7);
    expect(Buffer.compare(base64Decode(base64Encode(bytes)) ?? new Uint8Array(0), bytes)).toBe(0);
  });

  test('encodes a part of a larger array as that part', () => {
    expect(base64Encode(ascii('xfoox').subarray(1, 4))).toBe('Zm9v');
    expect(hexEncode(ascii('xfoox').subarray(1, 4))).toBe('666f6f');
  });
});

describe('hex', () => {
  test('is lower case, and only that when strict', () => {
    expect(hexEncode(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff');
    expect(hexDecode('0001abff')).toEqual(Uint8Array.of(0, 1, 0xab, 0xff));
    expect(hexDecode('')).toEqual(new Uint8Array(0));
    expect(hexDecode('0001ABFF')).toBeUndefined();
  });

  test.for([
    ['an odd length', 'abc'],
    ['another letter', 'ag'],
    ['another letter behind good ones', 'abcdxx'],
    ['a prefix', '0xab'],
    ['white space', 'ab cd '],
    ['a final newline', 'abcd\n'],
    ['a character whose low byte is a digit', '0\u0131'],
  ] as const)('refuses %s', ([, text]) => {
    expect(hexDecode(text)).toBeUndefined();
  });

  test('takes upper case and white space around when lenient', () => {
    expect(hexDecode(' 00AbFF\r\n', { lenient: true })).toEqual(Uint8Array.of(0, 0xab, 0xff));
    for (const text of ['a', 'a b', '\ufeffab', 'ab\u2003']) {
      expect(hexDecode(text, { lenient: true })).toBeUndefined();
    }
  });

  test('every byte sequence comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(hexDecode(hexEncode(bytes))).toEqual(bytes);
        expect(hexDecode(hexEncode(bytes).toUpperCase(), { lenient: true })).toEqual(bytes);
      }),
    );
  });
});

test('what was decoded lies in memory of its own, so that wiping it wipes all of it', () => {
  const decoded = base64Decode('Zm9vYmFy');
  expect(decoded?.buffer.byteLength).toBe(6);
  expect(hexDecode('666f6f')?.buffer.byteLength).toBe(3);
});
