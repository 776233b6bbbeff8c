import { describe, expect, test } from 'vitest';
import { launcher, type Row, run, sameAsDirect, statusFields, WAY_NAMES } from './compare.ts';
import { SIGNALS } from './rows/signals.ts';

sameAsDirect(SIGNALS);

describe.each(WAY_NAMES)('%s', (way) => {
  test('what cannot be known: a caller that ignores SIGPIPE and SIGXFSZ; the target has the default', async () => {
    const ignoring: Row = {
      name: 'ignored SIGPIPE and SIGXFSZ',
      command: ['/bin/cat', '/proc/self/status'],
      around: 'trap "" PIPE XFSZ; exec "$@"',
      show: statusFields('SigIgn'),
    };
    expect((await run(ignoring, [])).stdout).toBe('SigIgn:\t0000000001001000');
    expect((await run(ignoring, launcher(way))).stdout).toBe('SigIgn:\t0000000000000000');
  });
});
