/** Signal dispositions, the mask and what is pending. */
import { expect } from 'vitest';
import {
  everywhere,
  inNode,
  type Loss,
  type Outcome,
  prepared,
  type Row,
  type Section,
  statusFields,
} from '../compare.ts';

const STATUS = ['/bin/cat', '/proc/self/status'];
const signals = statusFields('SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt');
const row = (around: string): Omit<Row, 'name'> => ({ command: STATUS, around, show: signals });
const bits = (recorded: string, field: string) =>
  BigInt(`0x${new RegExp(`^${field}:\\t(.*)$`, 'm').exec(recorded)?.[1] ?? '0'}`);

/** Only these fields may differ. */
function nodeDiffersIn(because: string, ...fields: readonly string[]): Loss {
  const without = (recorded: string) =>
    recorded.split('\n').filter((line) => !fields.some((field) => line.startsWith(field)));
  return {
    because,
    expect: (through, direct) => {
      expect({ ...through, stdout: without(through.stdout) }).toEqual({
        ...direct,
        stdout: without(direct.stdout),
      });
      for (const field of fields) expect(bits(through.stdout, field)).toBe(0n);
    },
  };
}
const nodeResets = nodeDiffersIn('Node resets what the caller ignored', 'SigIgn');
const nodeUnblocks = nodeDiffersIn('Node unblocks what the caller blocked', 'SigBlk');

export const SIGNALS: Section = {
  title: 'Signal dispositions, mask and what is pending',
  rows: [
    { name: 'nothing ignored, nothing blocked', ...row('exec "$@"') },
    {
      name: 'an ignored SIGHUP, as nohup leaves it',
      ...row('trap "" HUP; exec "$@"'),
      losses: inNode(nodeResets),
    },
    {
      name: 'nohup itself',
      command: ['sh', '-c', 'kill -HUP $$; echo alive'],
      around: 'nohup "$@" 2>/dev/null',
      losses: inNode({
        because: 'Node resets what the caller ignored',
        expect: (through) => expect(through.status).toBe(129),
      }),
    },
    {
      name: 'ignored INT and QUIT, as a background job has them',
      ...row('trap "" INT QUIT; exec "$@"'),
      losses: inNode(nodeResets),
    },
    {
      name: 'a background job of a shell without job control',
      ...row('"$@" & wait $!'),
      losses: inNode(nodeResets),
    },
    {
      name: 'all ignored that are not the runtime’s own affair',
      ...row('trap "" 1 2 3 10 12 14 15 16 17 18 20 21 22 23 24 26 27 28 29; exec "$@"'),
      losses: inNode(nodeResets),
    },
    {
      name: 'those that the runtime takes for itself, ignored by a parent that hands that on',
      ...row('trap "" 4 5 6 7 8 11 31; "$@"; :'),
      losses: inNode(nodeResets),
    },
    { name: 'real-time signals ignored', ...row(prepared({ ignore: [34, 40, 64] })), needs: ['bun'] },
    { name: 'handlers of the caller are the default again', ...row('trap : HUP TERM USR1; exec "$@"') },
    {
      name: 'a blocked mask',
      ...row(prepared({ block: [1, 2, 10, 13, 15, 17, 34, 64] })),
      needs: ['bun'],
      losses: inNode(nodeUnblocks),
    },
    {
      name: 'a pending signal',
      ...row(prepared({ block: [10, 12], pend: [12] })),
      needs: ['bun'],
      losses: everywhere({
        because:
          'the runtime unblocks what the caller blocked while it waits: what is pending may end pqx, or be sent on in its time',
        expect: (through, direct) => {
          if (through.signal === 'SIGUSR2') return;
          const rest = (outcome: Outcome) => ({
            ...outcome,
            stdout: outcome.stdout.replace(/^S..Pnd:.*\n/gm, ''),
          });
          expect(rest(through)).toEqual(rest(direct));
        },
      }),
    },
    {
      name: 'beside an inherited descriptor, where the Node build has to wait for the target',
      ...row('exec "$@" 3</dev/null'),
    },
  ],
};
