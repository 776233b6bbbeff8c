import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/crypto/wipe.ts';
import { parseTrust, standingOf, trustText } from '../../src/profile/trust.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test('trust is of one content', () => {
  const known = { path: '/p/.pqx.yaml', content: A };
  expect(standingOf(known, A)).toBe('trusted');
  expect(standingOf(known, B)).toBe('changed');
  expect(standingOf(undefined, A)).toBe('new');
});

test('what is written reads back, whatever the paths are', () => {
  const entry = fc.record({
    path: fc
      .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor'))
      .map((text) => `/${text}`),
    content: fc.stringMatching(/^[0-9a-f]{64}$/),
  });
  const extended = fc.record({
    path: entry.map(({ path }) => path),
    content: fc.constant(A),
    extended: fc.constant(B),
  });
  const entries = fc.uniqueArray(fc.oneof(entry, extended), { selector: ({ path }) => path, maxLength: 5 });
  fc.assert(
    fc.property(entries, (trusted) => {
      expect(parseTrust(utf8(trustText(trusted)))).toEqual(trusted);
    }),
  );
});

describe('anything else is no list at all', () => {
  const file = { path: '/p', sha3_256: A };
  test.each([
    ['nothing', ''],
    ['no JSON', '{"version": 1, "files": ['],
    ['another version', JSON.stringify({ version: 2, files: [] })],
    ['no files', JSON.stringify({ version: 1 })],
    ['files as a map', JSON.stringify({ version: 1, files: { '/p': A } })],
    ['a relative path', JSON.stringify({ version: 1, files: [{ ...file, path: 'p' }] })],
    ['a short hash', JSON.stringify({ version: 1, files: [{ ...file, sha3_256: 'aa' }] })],
    ['upper case', JSON.stringify({ version: 1, files: [{ ...file, sha3_256: A.toUpperCase() }] })],
    [
      'a hash of what is extended that is none',
      JSON.stringify({ version: 1, files: [{ ...file, extended_sha3_256: 1 }] }),
    ],
    ['one path twice', JSON.stringify({ version: 1, files: [file, { ...file, sha3_256: B }] })],
    ['one member twice', `{"version":1,"files":[],"files":[{"path":"/p","sha3_256":"${A}"}]}`],
    ['a byte order mark', `\ufeff${JSON.stringify({ version: 1, files: [] })}`],
    ['one good entry and one that is not', JSON.stringify({ version: 1, files: [file, null] })],
  ])('%s', (_, text) => expect(parseTrust(utf8(text))).toBeUndefined());

  test('fuzzed: it never throws', () => {
    const good = trustText([{ path: '/p', content: A }]);
    fc.assert(
      fc.property(fc.nat(good.length), fc.string({ maxLength: 4 }), (at, text) => {
        const parsed = parseTrust(utf8(good.slice(0, at) + text + good.slice(at + text.length)));
        for (const { path, content } of parsed ?? []) {
          expect(path.startsWith('/')).toBe(true);
          expect(content).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
    );
  });
});
