/** How the target ended is how pqx is seen to end. */
import { expect } from 'vitest';
import { inNode, type Section } from '../compare.ts';

/** Each in turn through one shell; its status as the shell sees it. Core dumps would be left in the directory. */
const each = (numbers: string, command: string): string =>
  `ulimit -c 0; for n in ${numbers}; do "$@" sh -c "${command}"; echo $n $?; done 2>/dev/null`;
const all = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** Those whose default is to end the process. */
const ENDING = [...all(1, 16), 24, 25, 26, 27, 29, 30, 31].join(' ');
/** Not 32 and 33, which the C library keeps for itself. */
const REAL_TIME = all(34, 64).join(' ');

export const STATUS: Section = {
  title: 'Status',
  rows: [
    { name: 'statuses 0 to 255', command: [], around: each(all(0, 255).join(' '), 'exit $n') },
    { name: 'death by every signal', command: [], around: each(ENDING, 'kill -$n \\$\\$') },
    {
      name: 'death by every real-time signal',
      command: [],
      around: each(REAL_TIME, 'kill -$n \\$\\$'),
      losses: {
        'supervise in the Node build': {
          because: 'Node tells a parent of death by a real-time signal as status 0',
          expect: (through) =>
            expect(through.stdout).toBe(
              all(34, 64)
                .map((number) => `${number} 0\n`)
                .join(''),
            ),
        },
      },
    },
    {
      name: 'a signal sent to pqx reaches the target',
      command: ['sh', '-c', 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done'],
      around: 'mkfifo up; "$@" >up & { read -r line; kill -TERM $!; cat; } <up; wait $!; echo $?; rm up',
    },
    {
      name: 'HUP, INT, QUIT, TERM, USR1, USR2 and ALRM, each sent to pqx, arrive once',
      command: [
        'sh',
        '-c',
        'for s in HUP INT QUIT TERM USR1 USR2 ALRM; do trap "echo $s; n=\\$((n+1))" $s; done; n=0; echo ready; while [ $n -lt 7 ]; do sleep 0.02; done; sleep 0.3; echo $n; exit 3',
      ],
      shell: 'bash',
      needs: ['bash'],
      around:
        'set -m; mkfifo all; "$@" >all & { read -r line; for s in HUP INT QUIT TERM USR1 USR2 ALRM; do kill -$s $!; read -r line; echo $line; done; cat; } <all; wait $!; echo $?; rm all',
    },
    { name: 'kill -9', command: ['sh', '-c', 'kill -9 $$'] },
    {
      name: 'the parent learns of SIGKILL',
      command: ['sleep', '100'],
      // Whether the shell says so itself depends on when it looks.
      around: 'exec 2>/dev/null; "$@" & sleep 0.5; kill -9 $!; wait $!; echo $?',
    },
    {
      name: 'stopped and continued',
      command: ['sh', '-c', 'kill -STOP $$; echo on'],
      around:
        '"$@" & until grep -q "^State:.T" /proc/$!/status; do sleep 0.05; done; kill -CONT $!; wait $!; echo $?',
    },
    {
      name: 'beside an inherited descriptor, where the Node build has to wait for the target',
      command: [],
      around: `exec 4</dev/null; ${each('0 1 42 125 126 127 128 255', 'exit $n')}; ${each('1 2 3 6 9 10 12 13 14 15', 'kill -$n \\$\\$')}`,
    },
    {
      name: 'beside an inherited descriptor, death by a real-time signal',
      command: [],
      around: `exec 4</dev/null; ${each('34 64', 'kill -$n \\$\\$')}`,
      losses: inNode({
        because: 'Node tells a parent of death by a real-time signal as status 0',
        expect: (through) => expect(through.stdout).toBe('34 0\n64 0\n'),
      }),
    },
  ],
};
