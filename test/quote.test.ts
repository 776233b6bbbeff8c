/** A quoted word is read back by the shells as what it was made of: exactly, and as one word. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { printable } from '../src/fault.ts';
import { bytesOfText } from '../src/platform/bytes.ts';
import { fishWord, shellWord } from '../src/quote.ts';

const PLAIN = [
  'a',
  '',
  '~/x',
  '=ls',
  'a b',
  "it's",
  '$(id)`id`',
  '*',
  '#',
  '-n',
  'ü',
  '"',
  '\\',
  '!x',
  'a=b',
];
const ODD = ['a\nb', '\x1b[31m', "'\t\\", '\u202eabc', '\udcff/\udc80', '\x7f1'];

function readBack(shell: string, word: string): Uint8Array | undefined {
  const { stdout, error } = spawnSync(shell, ['-c', `printf '%s|' ${word}`]);
  return error === undefined ? new Uint8Array(stdout) : undefined;
}

test.for(['bash', 'sh', 'zsh'])('%s', (shell, { skip }) => {
  skip(readBack(shell, 'x') === undefined, `package ${shell}`);
  for (const text of shell === 'sh' ? PLAIN : [...PLAIN, ...ODD]) {
    const word = shellWord(text);
    // What is printed of a hint is what was meant.
    expect(printable(word)).toBe(word);
    expect([text, readBack(shell, word)]).toEqual([text, bytesOfText(`${text}|`)]);
  }
});

test('fish', ({ skip }) => {
  skip(readBack('fish', 'x') === undefined, 'package fish');
  for (const text of PLAIN)
    expect([text, readBack('fish', fishWord(text))]).toEqual([text, bytesOfText(`${text}|`)]);
});
