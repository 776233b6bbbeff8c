import { expect, test } from 'vitest';
import { randomBytes } from '../../src/crypto/random.ts';
import { concatBytes, equalBytes, utf8, wipe } from '../../src/crypto/wipe.ts';

test('wiping overwrites every array, and no byte beside a part of one', () => {
  const whole = Uint8Array.of(1, 2, 3, 4);
  const other = Uint8Array.of(9);
  wipe(whole.subarray(1, 3), other);
  expect(whole).toEqual(Uint8Array.of(1, 0, 0, 4));
  expect(other).toEqual(Uint8Array.of(0));
});

test('bytes are equal when all of them are', () => {
  expect(equalBytes(utf8('abc'), utf8('abc'))).toBe(true);
  expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  for (const other of ['abd', 'bbc', 'ab', 'abcd', ''])
    expect(equalBytes(utf8('abc'), utf8(other))).toBe(false);
  expect(equalBytes(Uint8Array.of(0x80, 0), Uint8Array.of(0, 0x80))).toBe(false);
});

test('joined bytes lie in an array of their own', () => {
  const part = utf8('ab');
  const joined = concatBytes(part, new Uint8Array(0), utf8('é'));
  expect(joined).toEqual(Uint8Array.of(0x61, 0x62, 0xc3, 0xa9));
  wipe(joined);
  expect(part).toEqual(utf8('ab'));
});

test('random bytes have the length asked for, and are not the same twice', () => {
  expect(randomBytes(0)).toEqual(new Uint8Array(0));
  expect(randomBytes(32).length).toBe(32);
  expect(randomBytes(32)).not.toEqual(randomBytes(32));
});
