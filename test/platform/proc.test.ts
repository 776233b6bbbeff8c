import { describe, expect, test } from 'vitest';
import { groupsIn, limitIn, signalsIn, splitAtNul } from '../../src/platform/proc.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('splitAtNul', () => {
  test('keeps empty strings, wherever they stand', () => {
    expect(splitAtNul(bytes('pqx\0\0a b\0\0'))).toEqual(['pqx', '', 'a b', '']);
  });

  test('no bytes are no strings, one NUL is one empty string', () => {
    expect(splitAtNul(bytes(''))).toEqual([]);
    expect(splitAtNul(bytes('\0'))).toEqual(['']);
  });

  test('keeps bytes that are not UTF-8, each as its lone surrogate', () => {
    expect(splitAtNul(Uint8Array.from([0x61, 0xff, 0, 0xc3, 0xa4, 0]))).toEqual(['a\udcff', 'ä']);
  });

  test('a last string whose NUL is missing is a string all the same', () => {
    expect(splitAtNul(bytes('a\0b'))).toEqual(['a', 'b']);
  });
});

describe('limitIn', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max core file size        0                    unlimited            bytes     ',
    'Max open files            1024                 1048576              files     ',
    'Max nice priority         0                    0                    ',
  ].join('\n');

  test('reads soft and hard', () => {
    expect(limitIn(limits, 'Max open files')).toEqual({ soft: 1024n, hard: 1_048_576n });
  });

  test('unlimited is RLIM_INFINITY', () => {
    expect(limitIn(limits, 'Max core file size')).toEqual({ soft: 0n, hard: 0xffff_ffff_ffff_ffffn });
  });

  test('a line that is not there, or is no limit, is undefined', () => {
    expect(limitIn(limits, 'Max stack size')).toBeUndefined();
    expect(limitIn('Max open files  many  more  files', 'Max open files')).toBeUndefined();
    expect(limitIn('', 'Max open files')).toBeUndefined();
    for (const no of ['1e3', '0x10', '-5', '1.0'])
      expect(limitIn(`Limit\nMax open files  ${no}  ${no}  files\n`, 'Max open files'), no).toBeUndefined();
  });
});

describe('signalsIn', () => {
  const status =
    'Name:\tcat\nSigBlk:\t0000000000000000\nSigIgn:\t8000000200001001\nSigCgt:\t0000000000000002\n';

  test('bit n - 1 is signal n, up to 64', () => {
    expect([...signalsIn(status, 'SigIgn')]).toEqual([1, 13, 34, 64]);
    expect([...signalsIn(status, 'SigBlk')]).toEqual([]);
  });

  test('without the line there are none', () => {
    expect([...signalsIn('', 'SigIgn')]).toEqual([]);
    expect([...signalsIn('Name:\tcat\nSigIgn:\tno mask\n', 'SigIgn')]).toEqual([]);
  });
});

describe('groupsIn', () => {
  test('a name with spaces and parentheses does not shift the fields', () => {
    expect(groupsIn('4242 (a) b (c) S 1 4200 4100 34816 4300 4194304 0')).toEqual({
      own: 4200,
      foreground: 4300,
    });
  });

  test('no terminal is -1', () => {
    expect(groupsIn('7 (cat) R 1 7 7 0 -1 4194304')).toEqual({ own: 7, foreground: -1 });
  });

  test('an empty text is undefined', () => {
    expect(groupsIn('')).toBeUndefined();
  });
});
