/** Where a text stops being JSON: at the character where JSON.parse of Node says so too. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOfBreak } from '../../src/bundle/json-place.ts';

test.each([
  ['{"a": "x",\n  "b" "y"}', 2, 7],
  ['{"a": "x",}', 1, 11],
  ['{"a": "x"', 1, 10],
  ['', 1, 1],
  ['nope', 1, 1],
  ["{'a': 1}", 1, 2],
  ['{"a": "line\n"}', 1, 7],
  ['["a", ]', 1, 7],
  ['[1 2]', 1, 4],
  ['{"a": 01}', 1, 8],
  ['{} {}', 1, 4],
  ['}', 1, 1],
])('%j: line %i, column %i', (text, line, column) => {
  expect(placeOfBreak(text)).toEqual({ line, column });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('it has a place exactly when JSON.parse takes it not', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', ':', '1', '\n', '\\', 'e'),
      (text, at, put) => {
        const changed =
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + (at % 2));
        expect(placeOfBreak(text)).toBeUndefined();
        expect(placeOfBreak(changed) === undefined).toBe(isJson(changed));
      },
    ),
    { numRuns: 3000 },
  );
});

test('a text of a megabyte that does not end', () => {
  expect(placeOfBreak(`{"a": "${'x'.repeat(1024 * 1024)}`)).toEqual({ line: 1, column: 7 });
});
