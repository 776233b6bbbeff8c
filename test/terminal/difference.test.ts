import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceLines } from '../../src/terminal/difference.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });

test('both texts can be read from the difference, in order', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const difference = differenceLines(before, after);
      const without = (mark: string) =>
        difference.filter((line) => !line.startsWith(mark)).map((line) => line.slice(2));
      expect(without('+ ')).toEqual(before);
      expect(without('- ')).toEqual(after);
    }),
  );
});

test('what is the same stays, and only what changed is marked', () => {
  expect(differenceLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'y', 'd'])).toEqual([
    '  a',
    '- b',
    '+ x',
    '  c',
    '+ y',
    '  d',
  ]);
  expect(differenceLines(['a'], ['a'])).toEqual(['  a']);
});

test('texts too long to compare line by line are shown as replaced, not refused', () => {
  const before = Array.from({ length: 3000 }, (_, index) => `before ${index}`);
  const after = Array.from({ length: 3000 }, (_, index) => `after ${index}`);
  expect(differenceLines(before, after)).toHaveLength(6000);
});
