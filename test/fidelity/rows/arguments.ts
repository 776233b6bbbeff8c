/** Arguments reach the target byte for byte, argv[0] as it was typed. */
import { expect } from 'vitest';
import { inNode, type Loss, prepared, type Section } from '../compare.ts';

/** A target that prints its own arguments, each ended by a NUL. */
const ARGV = ['sh', '-c', 'cat /proc/$$/cmdline', 'name'];
const base64 = (bytes: readonly number[]) => Buffer.from(bytes).toString('base64');
const refusedByNode: Loss = {
  because: 'Node hands on no argument that is not UTF-8',
  expect: (through) => {
    expect(through.status).toBe(125);
    expect(through.stdout).toBe('');
    expect(through.stderr).toMatch(
      /^pqx: argument \d+ is not UTF-8, and the Node build cannot hand it on\n {2}hint: /,
    );
  },
};

export const ARGUMENTS: Section = {
  title: 'Arguments',
  rows: [
    {
      name: 'empty, spaces, newlines, quotes',
      command: [...ARGV, '', ' ', '\n', 'a b', "it's", '"', '\\', '', ''],
    },
    {
      name: 'what looks like options',
      command: [...ARGV, '-p', 't', '--', '--help', '-', '--env', 'A=B', '-V'],
    },
    {
      name: 'what a shell would expand',
      command: [...ARGV, '*', '$HOME', '`id`', '~', '{a,b}', '!!', '$(id)', '%s'],
    },
    {
      name: 'beyond ASCII',
      command: [...ARGV, 'ä', '€', '😀', '\ufeff', 'e\u0301', '\u202e', '\u0001\u007f\u0085'],
    },
    {
      name: 'names of the runtime and of pqx',
      command: [...ARGV, 'run', 'bun', '--bun', '-e', '0', '--inspect', 'NODE_OPTIONS=x'],
    },
    {
      name: 'bytes that are not UTF-8',
      command: [],
      around: `"$@" sh -c 'cat /proc/$$/cmdline' name "$(printf 'a\\377\\376b')" "$(printf '\\355\\262\\200')" ä`,
      losses: inNode(refusedByNode),
    },
    {
      name: 'every byte but NUL',
      command: ['/bin/sh', '-c', 'cat /proc/$$/cmdline', 'name'],
      around: prepared({ args: [base64(Array.from({ length: 255 }, (_, index) => index + 1))] }),
      needs: ['bun'],
      losses: inNode(refusedByNode),
    },
    {
      name: '10,000 of them',
      command: [...ARGV, ...Array.from({ length: 10_000 }, (_, index) => `${index}`)],
    },
    { name: 'the longest that the system takes', command: [...ARGV, 'x'.repeat(131_071)] },
    {
      name: 'from xargs',
      command: ['sh', '-c', 'cat /proc/$$/cmdline', 'name'],
      around: `printf 'a b\\0\\0c\\nd' | xargs -0 "$@"`,
    },
    { name: 'argv[0] of a name', command: ['cat', '/proc/self/cmdline'] },
    { name: 'argv[0] of a path', command: ['/bin/../bin/cat', '/proc/self/cmdline'] },
  ],
};
