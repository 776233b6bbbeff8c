/** JSON that others wrote: a short text, whose strings are counted, and a long one, whose names are compared, read alike. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonLimits, type Parsed, parseJson } from '../src/json.ts';

const LIMITS: JsonLimits = { depth: 4, containers: 20, items: 40 };
/** More than any text has that is read by counting. */
const PADDING = ' '.repeat(70_000);

function bothWays(text: string, limits = LIMITS): Parsed {
  const short = parseJson(text, limits);
  expect(parseJson(text + PADDING, limits)).toEqual(short);
  return short;
}

describe('two members of one name', () => {
  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a":{"b":1,"c":[],"b":"x"}}', 'b'],
    ['[{"a":"\\"","b":0},{"a":"","a":""}]', 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"1":1,"1":2}', '1'],
    ['{"":"","":""}', ''],
  ])('%s', (text, name) => {
    expect(bothWays(text)).toEqual({ wrong: `two members are named ${name}` });
  });
});

test.each([
  '{}',
  '"\\\\"',
  '{"a":"\\"a\\":1","b":"{\\"a\\":1,\\"a\\":2}"}',
  '[{"a":1},{"a":1}]',
  '{"a":{"a":{"a":"a"}}}',
  '{"__proto__":{"a":1},"constructor":"toString"}',
  ' [ 1 , "," , { "a" : [ ] } ] ',
])('what is no such: %s', (text) => {
  expect(bothWays(text)).toEqual({ value: JSON.parse(text) });
});

test.each([
  ['[[[[]]]]', undefined],
  ['[[[[[]]]]]', 'it is nested deeper than 4 levels'],
  [`[${'{},'.repeat(18)}{}]`, undefined],
  [`[${'{},'.repeat(19)}{}]`, 'it holds more than 20 objects and arrays'],
  [`[${'1,'.repeat(40)}1]`, undefined],
  [`[${'1,'.repeat(41)}1]`, 'it holds more than 40 members'],
])('a limit: %s', (text, wrong) => {
  expect(bothWays(text)).toEqual(wrong === undefined ? { value: JSON.parse(text) } : { wrong });
});

test.each(['', '{', '"', '{"a"}', '{"a":1,}', '[1 2]', 'nul'])('no JSON: %j', (text) => {
  expect(bothWays(text)).toEqual({ wrong: text === '' ? 'it is empty' : 'it is not UTF-8 JSON' });
});

test('any document whose members are put together at random', () => {
  // No name that ends with a backslash: once Node 24 has parsed one, its parser takes names with escapes for it.
  const name = fc.constantFrom('a', 'b', '\\u0061', '\\"', '__proto__', '1');
  const { document } = fc.letrec<{ document: string }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('1', 'null', '"a"', '"\\""', '"\\\\"', '"{,:}"'),
      fc.array(tie('document'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(fc.tuple(name, tie('document')), { maxLength: 4 })
        .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`),
    ),
  }));
  fc.assert(fc.property(document, (text) => void bothWays(text, { depth: 5, containers: 9, items: 12 })));
});
