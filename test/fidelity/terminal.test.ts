/** On a terminal: keys, job control, size and settings, as without pqx. A pty is the terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BASE_ENV, launcher, prepareUser, scratch, WAY_NAMES, type Way } from './compare.ts';
import { type Keys, TERMINAL } from './rows/terminal.ts';

prepareUser();

/** What a pty showed, and how what ran on it ended. */
interface Session {
  readonly shown: string;
  readonly status: number;
  readonly signal: number | undefined;
}

/** Runs a line of sh on a terminal of 80 by 24; `play` types and waits. */
async function onTerminal(
  line: string,
  first: readonly string[],
  play?: (terminal: Keys) => Promise<void>,
): Promise<Session> {
  const pty = spawn('/bin/sh', ['-c', line, 'sh', ...first], {
    cols: 80,
    rows: 24,
    cwd: scratch,
    env: BASE_ENV,
  });
  return session(pty, play);
}

function session(pty: IPty, play?: (terminal: Keys) => Promise<void>): Promise<Session> {
  let shown = '';
  let seen = 0;
  let check = () => {};
  pty.onData((data) => {
    shown += data;
    check();
  });
  const keys: Keys = {
    type: (text) => pty.write(text),
    resize: (columns, rows) => pty.resize(columns, rows),
    shows: (text) =>
      new Promise((resolve) => {
        check = () => {
          const at = shown.indexOf(text, seen);
          if (at < 0) return;
          seen = at + text.length;
          check = () => {};
          resolve();
        };
        check();
      }),
  };
  onTestFinished(() => pty.kill());
  return new Promise((resolve, reject) => {
    pty.onExit(({ exitCode, signal }) => resolve({ shown, status: exitCode, signal }));
    play?.(keys).catch(reject);
  });
}

describe.each(WAY_NAMES)('%s', (way) => {
  test.each(TERMINAL)('$name', async ({ line, play }) => {
    const direct = await onTerminal(line, [], play);
    expect(await onTerminal(line, launcher(way), play)).toEqual(direct);
  });

  test('Ctrl-Z stops it, fg brings it back, and Ctrl-C ends it', async () => {
    program('reader', 'echo ready; read -r x; echo "got [$x]"; exec sleep 100');
    await jobControl(way, async (terminal) => {
      terminal.type('$GO ./reader\r');
      await terminal.shows('ready');
      terminal.type('\u001a');
      await terminal.shows('Stopped');
      await terminal.shows('> ');
      terminal.type('fg\r');
      await terminal.shows('./reader');
      terminal.type('back\r');
      await terminal.shows('got [back]');
      terminal.type('\u0003');
      await terminal.shows('> ');
      terminal.type('echo "<$?>"\r');
      await terminal.shows('<130>');
      terminal.type('exec true\r');
    });
  });

  test('a background job that reads from the terminal is stopped', async () => {
    await jobControl(way, async (terminal) => {
      terminal.type('$GO cat & wait; jobs\r');
      await terminal.shows('Stopped');
      await terminal.shows('> ');
      terminal.type('kill -9 %1; exec true\r');
    });
  });
});

function program(name: string, text: string): void {
  writeFileSync(join(scratch, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** An interactive bash whose GO launches. */
function jobControl(way: Way, play: (terminal: Keys) => Promise<void>): Promise<Session> {
  const rc = join(scratch, `rc-${way.replaceAll(' ', '-')}`);
  writeFileSync(rc, `PS1='> '\nGO='${launcher(way).join(' ')}'\n`);
  const pty = spawn('/bin/bash', ['--rcfile', rc, '-i'], {
    cols: 200,
    rows: 24,
    cwd: scratch,
    env: BASE_ENV,
  });
  return session(pty, async (terminal) => {
    await terminal.shows('> ');
    await play(terminal);
  });
}
