/** Reading under /proc by the C library alone. Bun on Linux only. */

import { textOfBytes } from './bytes.ts';
import { inheritedUnderBun, type OpenDescriptor } from './descriptors.ts';
import { answer, answerAt, cPath, type Libc, rareCalls, readWholeFile } from './libc.ts';

/** More than the kernel lets arguments and environment be, in bytes. */
const PROC_LIMIT = 64 * 1024 * 1024;

/**
 * Descriptors above 2 that were open when this process was started. The runtime opens two for itself before anything
 * of pqx's runs: where there are no more, nothing was inherited, and no further look is needed.
 */
export function inheritedAbove2(c: Libc): readonly number[] {
  const numbers = openNumbers(c);
  return numbers.length <= 2
    ? []
    : inheritedUnderBun(describe(c, numbers), (address) => isMapped(c, address));
}

/** `info` only of what inheritedUnderBun looks into. */
function describe(c: Libc, numbers: readonly number[]): readonly OpenDescriptor[] {
  const { readlink } = rareCalls();
  return numbers.map((number) => {
    const target = readLink(readlink, `/proc/self/fd/${number}`);
    const info = target.endsWith('[eventpoll]') ? readProcText(c, `/proc/self/fdinfo/${number}`) : '';
    return { number, target, info };
  });
}

/** All open descriptors above 2, without the one that lists them. */
function openNumbers(c: Libc): readonly number[] {
  const directoryOnlyCloseOnExec = process.arch === 'arm64' ? 0o2040000 : 0o2200000;
  const directory = c.open(cPath('/proc/self/fd'), directoryOnlyCloseOnExec, 0);
  if (directory < 0) return [];
  const numbers: number[] = [];
  for (;;) {
    const filled = Number(c.linux?.getdents64(directory, answerAt, answer.length) ?? 0);
    if (filled <= 0) break;
    // struct linux_dirent64 (getdents(2)): its length stands at 16, its name from 19 on.
    for (let at = 0; at < filled; at += (answer[at + 16] ?? 0) + 256 * (answer[at + 17] ?? 0)) {
      const number = decimal(answer, at + 19);
      if (number !== undefined && number > 2 && number !== directory) numbers.push(number);
    }
  }
  c.close(directory);
  return numbers;
}

/** The number that the digits before a NUL make; undefined for `.` and `..`. */
function decimal(bytes: Uint8Array, from: number): number | undefined {
  let value = 0;
  for (let at = from; bytes[at] !== 0; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return value;
}

function readLink(readlink: ReturnType<typeof rareCalls>['readlink'], path: string): string {
  const length = Number(readlink(cPath(path), answerAt, answer.length));
  return length < 0 ? '' : textOfBytes(answer.subarray(0, length));
}

/** Whether the address lies in a mapping of this process. */
function isMapped(c: Libc, address: bigint): boolean {
  const maps = textOfBytes(readWholeFile(c, '/proc/self/maps', PROC_LIMIT));
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) /gm)].some((line) => {
    return BigInt(`0x${line[1]}`) <= address && address < BigInt(`0x${line[2]}`);
  });
}

/** Good until the next call of the C library; undefined when it cannot be read. */
export function readProc(c: Libc, path: string): Uint8Array | undefined {
  try {
    return readWholeFile(c, path, PROC_LIMIT);
  } catch {
    return undefined;
  }
}

/** Empty when it cannot be read. */
export function readProcText(c: Libc, path: string): string {
  const bytes = readProc(c, path);
  return bytes === undefined ? '' : textOfBytes(bytes);
}
