/** On a terminal: keys, job control, size and settings, as without pqx. A pty is the terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BASE_ENV, launcher, prepareUser, scratch, WAY_NAMES, type Way } from './compare.ts';

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

interface Keys {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the terminal shows it, behind what was waited for before. */
  shows(text: string): Promise<void>;
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

const same: readonly {
  readonly name: string;
  readonly line: string;
  readonly play?: (terminal: Keys) => Promise<void>;
}[] = [
  {
    name: 'settings and size',
    line: 'exec "$@" sh -c "stty -a; stty size; tty >/dev/null && echo terminal"',
  },
  {
    name: 'settings stay as they were, afterwards too',
    line: 'stty -echo -icanon min 0 time 1; "$@" stty -a; stty -a',
  },
  {
    name: 'open files are not made non-blocking',
    line: '"$@" grep -h flags /proc/self/fdinfo/0 /proc/self/fdinfo/1 /proc/self/fdinfo/2',
  },
  {
    name: 'foreground, in the group and the session of the caller',
    line: '"$@" sh -c \'cut -d" " -f5-8 /proc/$$/stat | tr " " "\\n" | sort | uniq -c | wc -l\'',
  },
  {
    name: 'input is read',
    line: 'exec "$@" sh -c "echo ready; read -r x; echo [\\$x]"',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.type('typed\r');
    },
  },
  {
    name: 'Ctrl-C ends it',
    line: '"$@" sh -c "echo ready; exec sleep 100"; echo "[$?]"',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.type('\u0003');
    },
  },
  {
    name: 'Ctrl-C kills a target that pqx became',
    line: 'exec "$@" sh -c "echo ready; exec sleep 100"',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.type('\u0003');
    },
  },
  {
    name: 'Ctrl-C arrives once, and the target decides',
    line: 'trap : INT; "$@" sh -c \'n=0; trap "n=\\$((n+1)); echo int\\$n" INT; echo ready; while [ $n -lt 2 ]; do sleep 0.05; done; exit 9\'; echo "[$?]"',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.type('\u0003');
      await terminal.shows('int1');
      await pause();
      terminal.type('\u0003');
    },
  },
  {
    name: 'Ctrl-\\ ends it',
    line: 'ulimit -c 0; "$@" sh -c "echo ready; exec sleep 100"; echo "[$?]"',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.type('\u001c');
    },
  },
  {
    name: 'a new size is told',
    line: 'exec "$@" sh -c \'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done\'',
    play: async (terminal) => {
      await terminal.shows('ready');
      terminal.resize(100, 40);
    },
  },
];

/** Long enough that a second delivery of the same key would have been seen. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

describe.each(WAY_NAMES)('%s', (way) => {
  test.each(same)('$name', async ({ line, play }) => {
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
