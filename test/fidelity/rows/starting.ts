/** How a target is found and started, and who starts pqx. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Section, scratch, supervised, withoutOwn } from '../compare.ts';

const SHOW = 'echo "$0|$1|$2|$#"; tr "\\0" "|" </proc/$$/cmdline; echo\n';

const PATH = `${join(scratch, 'bin')}:/usr/bin:/bin`;
const viaExecvp = (line: string) => `exec env ${line}`;

/** Where the system lets a user do that; elsewhere nothing is started, either way. */
const IN_CONTAINER =
  'unshare --user --map-root-user --pid --fork --mount-proc true 2>/dev/null || exit 0; exec unshare --user --map-root-user --pid --fork --mount-proc "$@"';

/** Who is no root would be asked for a password: then without. */
const AS_USER = '[ "$(id -u)" = 0 ] || exec "$@"; exec sudo -n -E -u "$(id -un)" -- "$@"';

export const STARTING: Section = {
  title: 'How it is found and started, and by whom',
  prepare: () => {
    mkdirSync(join(scratch, 'bin'), { recursive: true });
    for (const [name, text] of [
      ['plain', SHOW],
      ['script', `#!/bin/sh\n${SHOW}`],
      ['optioned', `#!/bin/sh -e\n${SHOW}`],
      ['empty', ''],
    ] as const) {
      writeFileSync(join(scratch, 'bin', name), text);
      chmodSync(join(scratch, 'bin', name), 0o755);
    }
    symlinkSync('script', join(scratch, 'bin', 'link'));
  },
  rows: [
    // env(1) is execvp(3) as it stands: a shell would run a script without #! in itself.
    {
      name: 'a script without #!, found in PATH',
      command: ['plain', 'a b', ''],
      around: viaExecvp('"$@"'),
      env: { PATH },
    },
    { name: 'a script without #!, by its path', command: ['./bin/plain', 'a'], around: viaExecvp('"$@"') },
    {
      name: 'a script without #! and without arguments',
      command: ['./bin/plain'],
      around: viaExecvp('"$@"'),
    },
    { name: 'an empty file', command: ['./bin/empty'], around: viaExecvp('"$@"; echo $?') },
    { name: 'a script', command: ['script', 'a b', ''], env: { PATH } },
    { name: 'a script by a relative path', command: ['./bin/script', 'a'] },
    { name: 'a script by a roundabout path', command: ['bin/../bin//./script', 'a'] },
    { name: 'a script with an option in its first line', command: ['bin/optioned', 'a'] },
    { name: 'a script behind a link', command: ['link', 'a'], env: { PATH } },
    {
      name: 'a relative element of PATH',
      command: ['script', 'a'],
      around: viaExecvp('"$@"'),
      env: { PATH: 'bin:/usr/bin:/bin' },
    },
    {
      name: 'an empty element of PATH',
      command: ['script', 'a'],
      around: 'cd bin; exec env "$@"',
      env: { PATH: ':/usr/bin:/bin' },
      losses: {
        'supervise in the Node build': {
          because: 'Node would search PATH again, so the script is told ./NAME',
          expect: (through) => expect(through.stdout).toContain('/bin/sh|./script|a|'),
        },
      },
    },
    { name: 'what the target runs as is its own executable', command: ['readlink', '/proc/self/exe'] },
    { name: 'under timeout', command: ['sh', '-c', 'echo a; exit 5'], around: 'timeout 60 "$@"' },
    { name: 'timeout ends it', command: ['sleep', '100'], around: 'timeout -s TERM 1 "$@"' },
    {
      name: 'under setsid',
      command: ['sh', '-c', 'echo a; exit 5'],
      around: 'setsid -w "$@"',
      needs: ['setsid'],
    },
    {
      name: 'under xargs, several at once',
      command: ['echo', 'x'],
      around: `printf '1\\n2\\n3\\n4\\n' | xargs -n 1 -P 4 "$@" | sort`,
    },
    {
      name: 'under sudo -u',
      command: ['sh', '-c', 'id -u; echo "$SUDO_UID"; ps -o ppid= -p $$ | wc -l; kill -TERM $$'],
      around: AS_USER,
      needs: ['sudo', 'ps'],
    },
    {
      name: 'under env -i',
      command: ['/bin/cat', '/proc/self/environ'],
      around: 'exec env -i HOME="$HOME" "$@"',
      show: withoutOwn,
    },
    {
      name: 'under nice, nohup and env together',
      command: ['sh', '-c', 'nice; exit 4'],
      around: 'nice -n 3 nohup env A=B "$@" 2>/dev/null',
    },
    { name: 'in the background', command: ['sh', '-c', 'echo a; exit 6'], around: '"$@" & wait $!' },
    { name: 'in a command substitution', command: ['echo', 'a'], around: 'x=$("$@"); echo "[$x]"' },
    { name: 'nested', command: [], around: '"$@" sh -c \'"$@"; echo $?\' sh "$@" sh -c "exit 9"' },
    {
      name: 'as process 1 of a container, where what lost its parent is reaped',
      command: [
        'sh',
        '-c',
        '(sleep 0.1 & sleep 0) ; sleep 1; grep -l "^State:.Z" /proc/[0-9]*/status | wc -l',
      ],
      around: IN_CONTAINER,
      needs: ['unshare'],
      losses: {
        'supervise in the Node build': {
          because: 'Node as process 1 reaps nothing but its own child',
          expect: (through, direct) => {
            expect(direct.stdout).toBe('0\n');
            expect(through.stdout).toBe('1\n');
          },
        },
      },
    },
    {
      name: 'as process 1 of a container',
      command: ['sh', '-c', 'echo $$; exit 7'],
      around: IN_CONTAINER,
      needs: ['unshare'],
      losses: supervised({
        because: 'pqx is process 1, and the target another',
        expect: (through, direct) => {
          expect(direct).toMatchObject({ status: 7, stdout: '1\n' });
          expect(through.status).toBe(7);
          expect(through.stdout).not.toBe('1\n');
        },
      }),
    },
  ],
};
