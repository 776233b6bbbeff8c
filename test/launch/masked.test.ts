/** `mask: true` in launches: what reaches a pipe, a file and a terminal, and how the launch ends. Both builds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

function ready(): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'TOKEN=s3cret/value+1\nPIN=12345\nMULTI="line one\nline two"\n' });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  m: { env: { TOKEN: TOKEN, PIN: PIN, MULTI: MULTI }, mask: true }\n  i: { env: { PIN: PIN }, mask: true, stdin: { key: TOKEN } }\n',
  );
  return user;
}

/** What a terminal shows of a launch. */
function onTerminal(user: User, build: Build, args: readonly string[]): Promise<string> {
  const [program, ...first] = BUILDS[build];
  const pty = spawn(program, [...first, ...args], { cwd: user.home, env: { ...user.env } });
  let shown = '';
  pty.onData((data) => {
    shown += data;
  });
  return new Promise((resolve) => pty.onExit(() => resolve(shown)));
}

describe.each(BUILD_NAMES)('%s', (build) => {
  const m = (line: string) => ['-p', 'm', 'sh', '-c', line];

  test('values become *** on both streams, in every form, also when they are printed in two halves', () => {
    const user = ready();
    const line =
      'echo "<$TOKEN>"; printf "s3cret/"; sleep 0.1; printf "value+1\\n"; echo "$MULTI" >&2; printf "u:%s" "$TOKEN" | base64; echo "$PIN"; exit 7';
    const result = user.pqx(m(line), { build });
    expect(result.stdout).toBe('<***>\n***\ndTp***\n12345\n');
    expect(result.stderr).toBe('***\n');
    expect(result.status).toBe(7);
  });

  test('a file, a closed stream, and two streams on one pipe', () => {
    const user = ready();
    user.shell("pqx -p m sh -c 'echo $TOKEN; echo $TOKEN >&2' >out 2>>err", { build });
    expect(readFileSync(join(user.home, 'out'), 'utf8')).toBe('***\n');
    expect(readFileSync(join(user.home, 'err'), 'utf8')).toBe('***\n');
    expect(user.shell("pqx -p m sh -c 'echo $TOKEN' 2>&-", { build }).stdout).toBe('***\n');
  });

  test('pqx ends with its target, whatever that left running, and everything printed before is there', () => {
    const user = ready();
    const line =
      "pqx -p m sh -c 'sleep 60 & head -c 300000 /dev/zero; echo $TOKEN; exit 4' | wc -c; echo ${PIPESTATUS[0]}";
    expect(user.shell(line, { build }).stdout).toBe('300004\n4\n');
  });

  test('a reader that goes ends the target, and a signal is seen', () => {
    const user = ready();
    expect(user.shell('pqx -p m yes | head -1; true', { build }).stdout).toBe('y\n');
    expect(user.pqx(m('echo $TOKEN; kill -KILL $$'), { build })).toMatchObject({
      signal: 'SIGKILL',
      stdout: '***\n',
    });
  });

  test('a slow reader does not keep a signal from the target', () => {
    const user = ready();
    const line =
      'pqx -p m sh -c \'trap "exit 9" TERM; while :; do head -c 100000 /dev/zero; done\' >fifo & exec 3<fifo; sleep 1; kill -TERM $!; cat <&3 >/dev/null; wait $!; echo $?';
    expect(user.shell(`mkfifo fifo; ${line}`, { build }).stdout).toBe('9\n');
  });

  test('with `stdin` the value that the target echoes is masked', () => {
    expect(ready().ok(['-p', 'i', 'cat'], { build }).stdout).toBe('***');
  });

  test('a terminal is left alone, and pqx says so once, with what is too short', async () => {
    const user = ready();
    const shown = await onTerminal(user, build, m('[ -t 1 ] && echo "$TOKEN"'));
    expect(shown).toBe(
      'pqx: not masked: what goes to the terminal, and values under 6 characters (PIN) (-q hides this)\r\ns3cret/value+1\r\n',
    );
    expect(await onTerminal(user, build, ['-q', ...m('echo "$TOKEN"')])).toBe('s3cret/value+1\r\n');
  });

  test('explain says that pqx waits, and why', () => {
    const user = ready();
    expect(user.ok(['explain', '-p', 'm', 'env'], { build }).stdout).toMatch(/^start +supervise: mask: /m);
    const { start, mask } = JSON.parse(user.ok(['explain', '--json', '-p', 'm', 'env'], { build }).stdout);
    expect({ how: start.how, mask }).toEqual({ how: 'supervise', mask: true });
  });
});
