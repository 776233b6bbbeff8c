/**
 * Questions on the terminal itself (/dev/tty): standard input and output stay free for data, and what is typed in answer
 * to a hidden one is not shown. No launch loads this.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { errnoOf, Fault } from '../fault.ts';

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LF = 0x0a;
const CR = 0x0d;
const CTRL_U = 0x15;
const ESCAPE = 0x1b;
const DELETE = 0x7f;

/** How often the terminal is asked for what was typed, in milliseconds. */
const PAUSE_MS = 10;
/** How long what was pasted behind a line end may take to arrive, in milliseconds. */
const PASTE_MS = 40;
/** The longest answer, in bytes: what a bundle takes as a value. */
const LONGEST = 1024 * 1024;

/** Signals that would otherwise leave the terminal without echo, and their numbers. */
const ENDING = [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const;

/**
 * One line, typed or pasted, without its end; nothing of it is shown. To be wiped. Ctrl-C gives the terminal back and
 * ends pqx with status 130. Faults `input`: there is no terminal, nothing was typed, several lines were pasted (the
 * others do not reach the shell, which would keep them in its history).
 *
 * The terminal is read raw, since its own line editing cuts a line at 4,095 bytes.
 */
export async function askHidden(question: string): Promise<Uint8Array> {
  const descriptor = openTerminal();
  const mode = new ReadStream(openTerminal());
  const restore = () => {
    mode.setRawMode(false);
    writeSync(descriptor, '\n');
  };
  const leave = ENDING.map(([signal, number]) => {
    const handler = () => {
      restore();
      process.exit(128 + number);
    };
    process.once(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  try {
    mode.setRawMode(true);
    writeSync(descriptor, question);
    const answer = await readHidden(descriptor);
    restore();
    if (answer === 'interrupted') process.exit(130);
    return refuseUseless(answer);
  } finally {
    for (const forget of leave) forget();
    mode.destroy();
    closeSync(descriptor);
  }
}

/** A line that is shown as it is typed; `preset` when it is empty. A Fault `input` without a terminal. */
export async function ask(question: string, preset: string): Promise<string> {
  const descriptor = openTerminal();
  try {
    writeSync(descriptor, `${question} [${preset}] `);
    const bytes = new Uint8Array(4096);
    const answer = new TextDecoder().decode(bytes.subarray(0, await readSome(descriptor, bytes))).trim();
    return answer === '' ? preset : answer;
  } finally {
    closeSync(descriptor);
  }
}

/** Reading does not wait: the stream of a terminal, which would, keeps one of the two runtimes from ending. */
function openTerminal(): number {
  try {
    return openSync('/dev/tty', constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    throw new Fault('input', 'there is no terminal to ask on', {
      hint: 'give it on standard input instead: … | pqx …',
      cause,
    });
  }
}

type Answer = Uint8Array | 'interrupted' | 'several lines';

/** Reads up to the end of the line, and then for a moment what a paste left behind it. */
async function readHidden(descriptor: number): Promise<Answer> {
  const line: Line = { bytes: new Uint8Array(256), length: 0 };
  const buffer = new Uint8Array(4096);
  try {
    for (;;) {
      const count = await readSome(descriptor, buffer);
      const { end, rest } =
        count === 0 ? ({ end: 'line', rest: 0 } as const) : typeInto(line, buffer.subarray(0, count));
      if (end === 'interrupt') return 'interrupted';
      if (end === undefined) continue;
      const more = (await drain(descriptor, buffer)) || rest > 0;
      return more ? 'several lines' : line.bytes.slice(0, line.length);
    }
  } finally {
    buffer.fill(0);
    line.bytes.fill(0);
  }
}

/** Waits until something was typed. 0 when the terminal is gone. */
async function readSome(descriptor: number, buffer: Uint8Array): Promise<number> {
  for (;;) {
    const count = readNow(descriptor, buffer);
    if (count !== undefined) return count;
    await pause();
  }
}

/** Takes away what arrives before the terminal is silent for a moment. Whether there was anything. */
async function drain(descriptor: number, buffer: Uint8Array): Promise<boolean> {
  let found = false;
  for (let silent = 0; silent < PASTE_MS; silent += PAUSE_MS) {
    await pause();
    const count = readNow(descriptor, buffer) ?? 0;
    if (count === 0) continue;
    found = true;
    silent = 0;
  }
  return found;
}

/** What is there to be read; undefined when there is nothing yet. */
function readNow(descriptor: number, buffer: Uint8Array): number | undefined {
  try {
    return readSync(descriptor, buffer);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EAGAIN') return undefined;
    if (code === 'EIO' || code === 'EOF') return 0;
    throw error;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

interface Line {
  bytes: Uint8Array;
  length: number;
}

interface Typed {
  readonly end: 'line' | 'interrupt' | undefined;
  /** How many bytes stand behind the end. */
  readonly rest: number;
}

/** What a terminal's own line editing does with keys, as far as one can use it without seeing the line. */
function typeInto(line: Line, chunk: Uint8Array): Typed {
  for (let at = 0; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    switch (byte) {
      case CTRL_C:
        return { end: 'interrupt', rest: 0 };
      case CTRL_D:
      case CR:
      case LF:
        return { end: 'line', rest: chunk.length - at - 1 };
      case CTRL_U:
        line.length = 0;
        break;
      case BACKSPACE:
      case DELETE:
        dropCharacter(line);
        break;
      case ESCAPE:
        at = endOfSequence(chunk, at);
        break;
      default:
        if (byte >= 0x20 || byte === 0x09) append(line, byte);
    }
  }
  return { end: undefined, rest: 0 };
}

/** A key like an arrow sends ESC [ … and a last byte from @ to ~ (ECMA-48): none of that belongs to a secret. */
function endOfSequence(chunk: Uint8Array, start: number): number {
  const next = chunk[start + 1];
  if (next !== 0x5b && next !== 0x4f) return start;
  let at = start + 2;
  while (at < chunk.length && ((chunk[at] ?? 0) < 0x40 || (chunk[at] ?? 0) > 0x7e)) at += 1;
  return at;
}

/** The last byte, and before it the rest of a character that has several in UTF-8. */
function dropCharacter(line: Line): void {
  while (line.length > 0) {
    line.length -= 1;
    if (((line.bytes[line.length] ?? 0) & 0xc0) !== 0x80) return;
  }
}

function append(line: Line, byte: number): void {
  if (line.length > LONGEST) return;
  if (line.length === line.bytes.length) {
    const larger = new Uint8Array(line.bytes.length * 4);
    larger.set(line.bytes);
    line.bytes.fill(0);
    line.bytes = larger;
  }
  line.bytes[line.length] = byte;
  line.length += 1;
}

function refuseUseless(answer: Exclude<Answer, 'interrupted'>): Uint8Array {
  if (answer === 'several lines') {
    throw new Fault('input', 'several lines were pasted, and a prompt takes one', {
      hint: 'pqx set NAME < FILE   takes a value of several lines, such as a PEM key',
    });
  }
  if (answer.length > 0) return answer;
  throw new Fault('input', 'nothing was typed; nothing was changed');
}
