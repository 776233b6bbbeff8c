/** The mask as a function of bytes: what is in a stream, and what of it comes out, however it is cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskOf } from '../../src/launch/mask.ts';
import { formsOf, isMaskable } from '../../src/launch/mask-forms.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('latin1');

/** What comes out for these chunks, and the most that was ever held back. */
function masked(values: readonly string[], chunks: readonly Uint8Array[]) {
  const mask = maskOf(values.map(bytes))();
  let given = 0;
  let out = '';
  let most = 0;
  for (const chunk of chunks) {
    given += chunk.length;
    out += latin1([mask.next(chunk.slice())]);
    most = Math.max(most, given - out.replaceAll('***', '').length);
  }
  return { text: out + latin1([mask.end()]), most };
}

const whole = (values: readonly string[], text: string) =>
  Buffer.from(masked(values, [bytes(text)]).text, 'latin1').toString('utf8');

/** Cuts at random places. */
const cut = (text: Uint8Array, at: readonly number[]) => {
  const places = [...new Set(at.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => text.subarray(from, places[index] ?? text.length));
};

/** Few letters, so that values begin, end and overlap in many ways. */
const value = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '"', '/'), minLength: 6, maxLength: 12 });
const noise = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '"', '/', '\n', '*'), maxLength: 30 });
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

describe('mask', () => {
  test('what comes out does not depend on how the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 3 }),
        fc.array(noise),
        cuts,
        (values, gaps, at) => {
          const text = bytes(
            gaps.flatMap((gap, index) => [gap, values[index % values.length] ?? '']).join(''),
          );
          expect(masked(values, cut(text, at)).text).toBe(masked(values, [text]).text);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('no value is in what comes out, in any form, and nothing but values is taken away', () => {
    const alphabet = fc.constantFrom(...'ABCdef012+/=%$"\\é€');
    const secret = fc.string({ unit: alphabet, minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(secret, noise, noise, cuts, (plain, before, behind, at) => {
        const spellings = [
          plain,
          encodeURIComponent(plain),
          JSON.stringify(plain).slice(1, -1),
          Buffer.from(plain).toString('base64'),
          Buffer.from(plain).toString('base64url'),
        ];
        for (const spelling of spellings) {
          const out = masked([plain], cut(bytes(`${before}<${spelling}>${behind}`), at)).text;
          expect(Buffer.from(out, 'latin1').toString('utf8')).toBe(`${before}<***>${behind}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('no more is held back than what could become a value, and at the end nothing', () => {
    fc.assert(
      fc.property(value, fc.array(noise), (secret, gaps) => {
        const longest = Math.max(...formsOf(bytes(secret)).map((form) => form.length));
        const text = bytes(gaps.map((gap) => gap.replaceAll('*', '')).join(''));
        const chunks = cut(text, Array.from(text.keys()));
        const { text: out, most } = masked([secret], chunks);
        if (!out.includes('***')) expect(most).toBeLessThan(longest);
        if (!out.includes('***')) expect(out).toBe(latin1([text]));
      }),
    );
  });

  test('within something longer in base64, as in Basic authentication: all that is the value’s alone', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 30 }),
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (secret, before, behind) => {
          const encoded = Buffer.from(`${before}${secret}${behind}`).toString('base64');
          const out = whole([secret], encoded);
          expect(out).toContain('***');
          // At most the two characters that it shares with each neighbour, and what is the neighbours'.
          const neighbours =
            Math.ceil((bytes(before).length * 8) / 6) + Math.ceil((bytes(behind).length * 8) / 6);
          expect(out.replace('***', '').replaceAll('=', '').length).toBeLessThanOrEqual(neighbours + 1);
        },
      ),
    );
  });

  test.each([
    ['in lines of 76, as base64 writes', 76],
    ['in lines of 64, as openssl writes', 64],
  ])('long values in base64 %s', (_, length) => {
    const secret = 'correct horse battery staple '.repeat(20);
    const lines = Buffer.from(secret)
      .toString('base64')
      .replace(new RegExp(`.{${length}}`, 'g'), '$&\n');
    expect(whole([secret], `<${lines}>`)).toMatch(/^<\*\*\*\n?>$/);
  });

  test('the spellings of other programs: Python’s JSON and quote_plus, PHP’s JSON', () => {
    const secret = 'a/b ä€"\\\n';
    expect(whole([secret], '["a/b \\u00e4\\u20ac\\"\\\\\\n"]')).toBe('["***"]');
    expect(whole([secret], '["a\\/b \\u00e4\\u20ac\\"\\\\\\n"]')).toBe('["***"]');
    expect(whole([secret], 'q=a%2Fb+%C3%A4%E2%82%AC%22%5C%0A')).toBe('q=***');
    expect(whole([secret], 'q=a/b%20%c3%a4%e2%82%ac%22%5c%0a')).toBe('q=***');
  });

  test('values that overlap leave no end of either', () => {
    expect(whole(['abcdef', 'defghi'], '<abcdefghi>')).toBe('<***>');
    for (let at = 0; at < 11; at += 1)
      expect(masked(['abcdef', 'defghi'], cut(bytes('<abcdefghi>'), [at])).text).toBe('<***>');
    expect(whole(['aaaaaa'], `<${'a'.repeat(17)}>`)).toBe('<***>');
  });

  test('values under 6 characters are not looked for', () => {
    expect(whole(['short', 'äöüäö'], 'short äöüäö c2hvcnQ=')).toBe('short äöüäö c2hvcnQ=');
    expect([isMaskable(bytes('short')), isMaskable(bytes('äöüäö')), isMaskable(bytes('longer'))]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('a value of a mebibyte is found, and 8 MiB beside it pass', () => {
    const secret = Buffer.from(Array.from({ length: 786_432 }, (_, index) => (index * 7919) % 251)).toString(
      'base64',
    );
    const chunks = cut(
      bytes(`<${secret}>`),
      Array.from({ length: 20 }, (_, index) => index * 60_000),
    );
    expect(masked([secret], chunks).text).toBe('<***>');
    expect(masked([secret], [new Uint8Array(8 * 1024 * 1024).fill(0x61)]).text.length).toBe(8 * 1024 * 1024);
  });
});
