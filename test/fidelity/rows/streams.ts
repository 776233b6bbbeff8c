/** The standard streams: the same open files, with their positions and flags. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inNode, type Loss, type Outcome, type Row, type Section, scratch, supervised } from '../compare.ts';

const INFO = ['cat', '/proc/self/fdinfo/0', '/proc/self/fdinfo/1', '/proc/self/fdinfo/2'];
/** Inode numbers of pipes differ from run to run. */
const info = (recorded: string) => recorded.replace(/^(ino|mnt_id):.*$/gm, '');
/** What is open, with its flags; closed streams are not there. */
const OPEN = 'for n in 0 1 2; do [ -e /proc/self/fd/$n ] && echo $n; done >"$OUT"';

const nodeOpensDevNull: Loss = {
  because: 'Node opens /dev/null where a standard stream is closed, and hands that on',
  expect: (through: Outcome) => expect(through.stdout.trim().split('\n')).toEqual(['0', '1', '2']),
};

/** Only the streams that are masked are others. */
const masked: Loss = {
  because:
    'with `mask`, what is printed to a file or pipe passes through a pipe of pqx’s, in the Node build a socket',
  expect: (through, direct) => {
    const [input] = direct.stdout.split(/(?<=flags:.*\n)/);
    expect(through.status).toBe(direct.status);
    expect(through.stdout.startsWith(input ?? '')).toBe(true);
    expect(through.stdout).not.toBe(direct.stdout);
  },
};

export const STREAMS: Section = {
  title: 'Standard streams',
  prepare: () => {
    writeFileSync(join(scratch, 'lines'), 'one\ntwo\nthree\n');
    writeFileSync(join(scratch, 'large'), `${'x'.repeat(99)}\n`.repeat(20_000));
  },
  rows: [
    { name: 'flags and positions of pipes', command: INFO, show: info, losses: { supervise: masked } },
    {
      name: 'flags and positions of files',
      command: INFO,
      around: 'exec "$@" <lines 2>>err; :',
      show: info,
      losses: supervised(masked),
    },
    {
      name: 'a file for reading and writing, a file to be appended to',
      command: [],
      around: '"$@" cat /proc/self/fdinfo/0 /proc/self/fdinfo/2 <>both 2>>end',
      show: info,
      losses: supervised(masked),
    },
    {
      name: 'a file goes on where the caller had read to',
      command: ['cat'],
      around: '{ read -r line; echo "read $line"; "$@"; } <lines',
    },
    {
      name: 'and the caller goes on where the target had',
      command: [],
      around: '{ "$@" sh -c "read -r line"; cat; } <lines',
    },
    { name: '2 MB through a pipe', command: ['cat'], around: 'cat large | "$@" | cksum' },
    { name: '2 MB through two of them', command: ['cat'], around: 'cat large | "$@" | "$@" | cksum' },
    {
      name: 'nothing is read ahead of the target',
      command: [],
      around: `printf 'a\\nb\\n' | { "$@" true; cat; }`,
    },
    { name: 'the end of standard input', command: ['sh', '-c', 'cat; echo end'], input: '' },
    { name: 'standard error apart from standard output', command: ['sh', '-c', 'echo out; echo err >&2'] },
    {
      name: 'both on one pipe',
      command: ['sh', '-c', 'echo out; echo err >&2; echo out'],
      around: 'exec "$@" 2>&1',
      losses: {
        'supervise in the Node build': {
          because:
            'with `mask`, standard output and error are two sockets of Node’s, and their order is lost',
          expect: (through) => expect(through.stdout.split('\n').sort()).toEqual(['', 'err', 'out', 'out']),
        },
      },
    },
    { name: 'a reader that goes: `yes | head`', command: [], around: 'yes | "$@" head -1' },
    {
      name: 'a writer whose reader goes dies of SIGPIPE',
      command: [],
      around: '{ "$@" yes; echo $? >&2; } | head -1',
      losses: {
        'supervise in the Node build': {
          because: 'with `mask`, a target whose reader has gone may be told by ECONNRESET instead of SIGPIPE',
          expect: (through) => {
            expect(through.stdout).toBe('y\n');
            expect(through.stderr).toMatch(/^(141\n|yes: .*\n1\n)$/);
          },
        },
      },
    },
    ...['0<&-', '1>&-', '2>&-', '0<&- 1>&- 2>&-'].map(
      (closed): Row => ({
        name: `closed: ${closed}`,
        command: [],
        around: `OUT=$PWD/open; export OUT; "$@" sh -c '${OPEN}' ${closed}; cat open; rm open`,
        losses: inNode(nodeOpensDevNull),
      }),
    ),
    {
      name: 'no terminal, /dev/null everywhere',
      command: ['sh', '-c', 'tty; [ -t 1 ]; echo $? >tty; true'],
      around: '"$@" </dev/null >/dev/null 2>&1; cat tty; rm tty',
    },
  ],
};
