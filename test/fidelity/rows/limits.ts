/** Resource limits, soft and hard. */
import type { Section } from '../compare.ts';

const SHOWN = ['cat', '/proc/self/limits'];

export const LIMITS: Section = {
  title: 'Limits',
  rows: [
    { name: "the caller's", command: SHOWN },
    {
      name: 'a soft limit of open files that the caller lowered for itself',
      command: SHOWN,
      around: 'ulimit -Sn 500; "$@"; :',
    },
    { name: 'a hard limit of open files', command: SHOWN, around: 'ulimit -n 300; "$@"; :' },
    {
      name: 'a hard limit set in the process that becomes pqx',
      command: SHOWN,
      around: 'ulimit -n 300; exec "$@"',
    },
    { name: 'few open files', command: SHOWN, around: 'ulimit -n 40; "$@"; :' },
    { name: 'no core dumps', command: SHOWN, around: 'ulimit -c 0; exec "$@"' },
    { name: 'no core dumps, softly', command: SHOWN, around: 'ulimit -Sc 0; exec "$@"' },
    { name: 'core dumps of a certain size', command: SHOWN, around: 'ulimit -Sc 1234; exec "$@"' },
    {
      name: 'processor time, file size, stack',
      command: SHOWN,
      around: 'ulimit -St 500; ulimit -f 100000; ulimit -Ss 4096; exec "$@"',
    },
    { name: 'through timeout', command: SHOWN, around: 'ulimit -Sn 500; timeout 60 "$@"; :' },
  ],
};
