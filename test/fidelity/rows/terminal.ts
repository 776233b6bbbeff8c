/** What a terminal gives and a program on it sees: keys, job control, size and settings. */

/** What a test does at the terminal. */
export interface Keys {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the terminal shows it, behind what was waited for before. */
  shows(text: string): Promise<void>;
}

/** A line of sh in which `"$@"` launches; what is shown and how it ends must be as without. */
export interface TerminalRow {
  readonly name: string;
  readonly line: string;
  readonly play?: (terminal: Keys) => Promise<void>;
}

export const TERMINAL: readonly TerminalRow[] = [
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
    // By `wait`, which each signal ends at once: two that come together would be one to a shell that runs a program.
    name: 'Ctrl-C arrives once, and the target decides',
    line: 'trap : INT; "$@" sh -c \'n=0; trap "n=\\$((n+1)); echo int\\$n" INT; echo ready; sleep 100 & while [ $n -lt 2 ]; do wait; done; kill $!; exit 9\'; echo "[$?]"',
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
