/**
 * Whether execve(2) is sure to succeed. Node aborts where it fails, so whatever is not plainly a program of this
 * machine, or an interpreter's script, is started another way. Node only.
 */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { bytesOfText, textOfBytes } from './bytes.ts';
import type { Execution } from './caller.ts';
import { limitIn } from './proc.ts';

/** What Linux allows one string of argv or environ to be, in bytes with its NUL (execve(2), MAX_ARG_STRLEN). */
const LONGEST_STRING = 131_072;
/** What every Linux allows argv and environ to be together, in bytes: a quarter of the stack limit may be more. */
const ALWAYS_ALLOWED = 131_072;
/** ELF machine numbers by Node's names of architectures. */
const MACHINES: Readonly<Record<string, number>> = {
  x64: 62,
  arm64: 183,
  ppc64: 21,
  s390x: 22,
  riscv64: 243,
  loong64: 258,
};

/** Why it might fail, or undefined. */
export function executableLoss(execution: Execution): string | undefined {
  const strings = [...execution.argv.map(bytesOfText), ...execution.environ];
  if (strings.some((string) => string.length >= LONGEST_STRING)) return 'a string is too long for execve';
  // Pointers and the path, and what the kernel adds for a script.
  const total = strings.reduce((sum, string) => sum + string.length + 9, 8192);
  if (total > ALWAYS_ALLOWED && total > largestTotal())
    return 'arguments and environment may be too long for execve';
  return formatLoss(execution.path, 0);
}

function formatLoss(path: string, depth: number): string | undefined {
  const head = headOf(path);
  if (head === undefined) return `${path} cannot be read to see whether execve takes it`;
  if (head[0] === 0x23 && head[1] === 0x21) return scriptLoss(path, head, depth);
  if (process.platform === 'darwin')
    return isMachO(head) ? undefined : `${path} is no program that execve is sure to take`;
  return isOwnElf(path, head) ? undefined : `${path} is no program that execve is sure to take`;
}

/** `#!` and an absolute interpreter, within the 256 bytes that Linux reads; an interpreter may be a script again. */
function scriptLoss(path: string, head: Uint8Array, depth: number): string | undefined {
  const line = textOfBytes(head.subarray(2, 255));
  const interpreter = /^[ \t]*(\/[^ \t\n]*)[ \t\n]/.exec(line)?.[1];
  if (interpreter === undefined || depth > 3) return `${path} has no interpreter that execve is sure to take`;
  try {
    accessSync(Buffer.from(bytesOfText(interpreter)), constants.X_OK);
  } catch {
    return `the interpreter ${interpreter} of ${path} cannot be executed`;
  }
  return formatLoss(interpreter, depth + 1);
}

/** ELF of this machine's word size and architecture whose loader, if it names one, exists (elf(5)). */
function isOwnElf(path: string, head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = head[5] === 1;
  if (head.length < 64 || view.getUint32(0) !== 0x7f454c46 || head[4] !== 2 || !little) return false;
  const type = view.getUint16(16, true);
  if ((type !== 2 && type !== 3) || view.getUint16(18, true) !== MACHINES[process.arch]) return false;
  const table = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (table + size * count > head.length) return false;
  for (let entry = table; entry < table + size * count; entry += size) {
    if (view.getUint32(entry, true) !== 3) continue;
    const start = Number(view.getBigUint64(entry + 8, true));
    const length = Number(view.getBigUint64(entry + 32, true));
    return (
      start + length <= head.length && canExecute(textOfBytes(head.subarray(start, start + length - 1)), path)
    );
  }
  return true;
}

/** A quarter of the soft stack limit, at most 6 MiB (execve(2), Limits on size of arguments and environment). */
function largestTotal(): number {
  try {
    const stack = limitIn(readFileSync('/proc/self/limits', 'latin1'), 'Max stack size')?.soft ?? 0n;
    return Math.max(ALWAYS_ALLOWED, Math.min(Number(stack / 4n), 6 * 1024 * 1024));
  } catch {
    return ALWAYS_ALLOWED;
  }
}

function canExecute(loader: string, program: string): boolean {
  try {
    accessSync(loader, constants.X_OK);
    return loader !== program;
  } catch {
    return false;
  }
}

function isMachO(head: Uint8Array): boolean {
  const magic = head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
  return magic === 0xcffaedfe || magic === 0xcafebabe;
}

/** The first 4,096 bytes. */
function headOf(path: string): Uint8Array | undefined {
  try {
    const descriptor = openSync(Buffer.from(bytesOfText(path)), 'r');
    try {
      const buffer = new Uint8Array(4096);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
