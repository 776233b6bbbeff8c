/** Descriptors above 2: inherited ones arrive under their numbers, and none of pqx's own does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inNode, type Loss, prepared, type Row, type Section, scratch } from '../compare.ts';

/** Numbers above 2 and what they are; the numbers of pipes and sockets differ from run to run. */
const LIST = ['sh', '-c', 'ls -l /proc/$$/fd'];
const kinds = (recorded: string) =>
  recorded
    .split('\n')
    .flatMap((line) => /(\d+) -> (.*)$/.exec(line)?.slice(1, 3).join(' ') ?? [])
    .filter((line) => Number.parseInt(line, 10) > 2)
    .map((line) => line.replace(/\[\d+\]/, ''))
    .join('\n');
const list = (around: string, more: Partial<Row> = {}) => ({ command: LIST, around, show: kinds, ...more });
/** Standard streams are made by the test, as is whatever it inherited itself. */
const nodeLosesPolls: Loss = {
  because: "an inherited epoll instance, and an eventfd behind a free number, look like Node's own",
  expect: (through, direct) => {
    expect(direct.stdout).toContain('anon_inode:[eventpoll]');
    expect(through.status).toBe(0);
    expect(through.stdout).not.toContain('anon_inode:[eventpoll]');
  },
};

export const DESCRIPTORS: Section = {
  title: 'File descriptors above 2',
  prepare: () => writeFileSync(join(scratch, 'lines'), 'one\ntwo\n'),
  rows: [
    { name: 'none', ...list('exec "$@"') },
    { name: 'one, as 3', ...list('exec "$@" 3<lines') },
    { name: 'one, as 9, and 3 to 8 closed', ...list('exec "$@" 9<lines') },
    { name: 'several, with gaps', ...list('exec "$@" 3<lines 5>>out 6<&0 8<>both') },
    {
      name: 'two-digit numbers',
      ...list('exec "$@" 10<lines 20<lines 63<lines', { shell: 'bash', needs: ['bash'] }),
    },
    { name: 'high numbers', ...list('exec "$@" 300<lines 1000<lines', { shell: 'bash', needs: ['bash'] }) },
    {
      name: 'a variable holds the number',
      ...list('exec {fd}<lines; exec "$@"', { shell: 'bash', needs: ['bash'] }),
    },
    {
      name: 'two hundred',
      ...list('for i in {10..209}; do eval "exec $i<lines"; done; exec "$@"', {
        shell: 'bash',
        needs: ['bash'],
      }),
    },
    {
      name: 'a pipe, with both ends',
      ...list('rm -f fifo; mkfifo fifo; exec 3<>fifo 4<fifo 5>fifo; exec "$@"'),
    },
    { name: 'a directory', ...list('exec "$@" 3<.') },
    {
      name: 'a socket',
      ...list(prepared({ sockets: [3] }), { command: ['/bin/sh', '-c', LIST[2] ?? ''], needs: ['bun'] }),
    },
    {
      name: 'an eventfd',
      ...list(prepared({ eventfds: [3] }), {
        command: ['/bin/sh', '-c', LIST[2] ?? ''],
        needs: ['bun'],
      }),
    },
    {
      name: 'an epoll instance with its eventfd, next to where the runtime opens its own',
      ...list(prepared({ eventfds: [3], epolls: [4] }), {
        command: ['/bin/sh', '-c', LIST[2] ?? ''],
        needs: ['bun'],
        losses: inNode(nodeLosesPolls),
      }),
    },
    {
      name: 'the same behind it',
      ...list(prepared({ eventfds: [5], epolls: [6] }), {
        command: ['/bin/sh', '-c', LIST[2] ?? ''],
        needs: ['bun'],
        losses: inNode(nodeLosesPolls),
      }),
    },
    { name: 'they can be read', command: [], around: '"$@" cat /dev/fd/3 <lines 3<lines' },
    {
      name: 'a file goes on where the caller had read to',
      command: [],
      around: 'exec 3<lines; read -r line <&3; "$@" sh -c "cat <&3"',
    },
    {
      name: 'process substitution',
      command: [],
      around: '"$@" diff <(echo a) <(echo b)',
      shell: 'bash',
      needs: ['bash', 'diff'],
    },
    {
      name: 'process substitution for writing',
      command: [],
      around: 'echo x | "$@" tee >(cat >&2) >/dev/null; sleep 0.2',
      shell: 'bash',
      needs: ['bash'],
    },
    {
      name: 'a lock that the caller holds stays held',
      command: [],
      around: 'exec 9>lock; flock 9; "$@" sh -c "flock -n 9 && echo mine"; flock -n lock true; echo $?',
      needs: ['flock'],
    },
  ],
};
