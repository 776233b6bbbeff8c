/** Interactive programs in tmux, as a person would use them: each way of starting, in a shell with job control. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BASE_ENV, launcher, prepareUser, scratch, WAY_NAMES, type Way } from './compare.ts';

prepareUser();
beforeAll(() => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index + 1} of 500\n`);
  writeFileSync(join(scratch, 'lines'), lines.join(''));
});

const TMUX = '/usr/bin/tmux';
/** Far more than any program takes, in milliseconds. */
const PATIENCE = 30_000;

interface Screen {
  /** Keys by tmux's names. */
  keys(...names: readonly string[]): void;
  /** Types a line and Enter. */
  line(text: string): void;
  resize(columns: number, rows: number): void;
  /** What is shown, as soon as that matches. */
  shows(what: RegExp): Promise<string>;
}

/** A shell in a terminal of 80 by 24, in which `$GO` launches. */
async function shellOn(way: Way): Promise<Screen> {
  const socket = join(scratch, `tmux-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const env = { ...BASE_ENV, TERM: 'xterm', PS1: '$? ready> ', GO: launcher(way).join(' ') };
  const tmux = (...args: readonly string[]) => {
    const options = {
      env,
      cwd: scratch,
      encoding: 'utf8',
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    } as const;
    const result = spawnSync(TMUX, ['-S', socket, '-f', '/dev/null', ...args], options);
    if (result.status !== 0) throw new Error(`tmux ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  tmux('new-session', '-d', '-x', '80', '-y', '24', 'bash', '--norc', '--noprofile', '-i');
  onTestFinished(() => void tmux('kill-server'));
  const screen: Screen = {
    keys: (...names) => void tmux('send-keys', ...names),
    line: (text) => {
      tmux('send-keys', '-l', text);
      tmux('send-keys', 'Enter');
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`),
    shows: async (what) => {
      for (const until = Date.now() + PATIENCE; ; ) {
        const shown = tmux('capture-pane', '-p');
        if (what.test(shown)) return shown;
        if (Date.now() > until) throw new Error(`never shown: ${what}\n${shown}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
  await screen.shows(/^0 ready>$/m);
  return screen;
}

function needs(...programs: readonly string[]): readonly string[] {
  const places = ['/usr/local/bin', '/usr/bin', '/bin'];
  return ['tmux', ...programs].filter((program) => !places.some((place) => existsSync(join(place, program))));
}

describe.each(WAY_NAMES)('%s', (way) => {
  const interactive = (
    name: string,
    programs: readonly string[],
    play: (screen: Screen) => Promise<void>,
  ) => {
    const missing = needs(...programs);
    const title = missing.length > 0 ? `${name} (skipped: no ${missing.join(', ')})` : name;
    test.skipIf(missing.length > 0)(title, async () => play(await shellOn(way)));
  };

  interactive('less scrolls, follows a new size, and leaves', ['less'], async (screen) => {
    screen.line('$GO less lines');
    await screen.shows(/line 23 of 500\n/);
    screen.keys('G');
    await screen.shows(/line 478 of 500\n[\s\S]*line 500 of 500\n/);
    screen.resize(100, 40);
    await screen.shows(/line 478 of 500\n[\s\S]*line 500 of 500\n(~\n){10}/);
    screen.keys('q');
    await screen.shows(/^0 ready>$/m);
  });

  interactive('Ctrl-C in python3 interrupts once, and python3 goes on', ['python3'], async (screen) => {
    screen.line('$GO python3 -q');
    await screen.shows(/^>>>$/m);
    screen.line('import time; print("asl" + "eep"); time.sleep(1000)');
    await screen.shows(/^asleep$/m);
    screen.keys('C-c');
    await screen.shows(/KeyboardInterrupt\n>>>/);
    screen.line('print(40 + 2)');
    expect((await screen.shows(/^42$/m)).match(/KeyboardInterrupt/g)).toHaveLength(1);
    screen.keys('C-d');
    await screen.shows(/^0 ready>$/m);
  });

  interactive('vi stops by Ctrl-Z, comes back by fg, and writes its file', ['vi'], async (screen) => {
    const file = join(scratch, `written-${way.replaceAll(' ', '-')}`);
    screen.line(`$GO vi -u NONE ${file}`);
    await screen.shows(/^~$/m);
    screen.keys('i', 'a', 'b', 'c', 'Escape', 'C-z');
    await screen.shows(/Stopped[\s\S]*\n1?\d* ready>$/m);
    screen.line('fg');
    await screen.shows(/^abc\n~/m);
    screen.line(':wq');
    await screen.shows(/\n0 ready>$/m);
    expect(readFileSync(file, 'utf8')).toBe('abc\n');
  });

  interactive('a shell within has its own jobs, and gives the terminal back', [], async (screen) => {
    screen.line('$GO env PS1="inner> " bash --norc -i');
    await screen.shows(/^inner>$/m);
    // What it says itself is said when it has the terminal.
    screen.line("sleep 1000 & sh -c 'echo going; exec sleep 1001'");
    await screen.shows(/^going$/m);
    screen.keys('C-z');
    await screen.shows(/^\[2\]\+ +Stopped/m);
    screen.line('clear; kill %1; wait %1; fg');
    await screen.shows(/^sh -c 'echo going; exec sleep 1001'$/m);
    screen.keys('C-c');
    await screen.shows(/^inner>$/m);
    screen.line('clear; suspend -f');
    await screen.shows(/Stopped[\s\S]*ready>$/m);
    screen.line('fg');
    await screen.shows(/inner>$/m);
    screen.line('exit 5');
    await screen.shows(/^5 ready>$/m);
    screen.line('clear; jobs; echo over');
    expect(await screen.shows(/^over$/m)).not.toContain('Stopped');
  });

  interactive('top is drawn anew and leaves', ['top'], async (screen) => {
    screen.line('$GO top');
    await screen.shows(/^ *PID +USER/m);
    screen.keys('q');
    await screen.shows(/^0 ready>$/m);
  });
});
