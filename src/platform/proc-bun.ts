/** Reading under /proc by the C library alone. Bun on Linux only. */
import { ptr } from 'bun:ffi';
import { textOfBytes } from './bytes.ts';
import type { OpenDescriptor } from './descriptors.ts';
import { cString, type Libc, readWholeFile, untilNul } from './libc.ts';

/** More than the kernel lets arguments and environment be, in bytes. */
const PROC_LIMIT = 64 * 1024 * 1024;

/** All open descriptors; `info` only of what inheritedUnderBun looks into. */
export function openDescriptors(c: Libc): readonly OpenDescriptor[] {
  return listDirectory(c, '/proc/self/fd').map((name) => {
    const target = readLink(c, `/proc/self/fd/${name}`);
    const info = target.endsWith('[eventpoll]') ? readProcText(c, `/proc/self/fdinfo/${name}`) : '';
    return { number: Number(name), target, info };
  });
}

/** The names in a directory of /proc, without the descriptor that lists it. */
function listDirectory(c: Libc, path: string): readonly string[] {
  const directoryOnlyCloseOnExec = process.arch === 'arm64' ? 0o2040000 : 0o2200000;
  const descriptor = c.open(ptr(cString(path)), directoryOnlyCloseOnExec, 0);
  if (descriptor < 0) return [];
  const names: string[] = [];
  const buffer = new Uint8Array(32_768);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const filled = Number(c.linux?.getdents64(descriptor, ptr(buffer), BigInt(buffer.length)) ?? 0);
    if (filled <= 0) break;
    // struct linux_dirent64 (getdents(2)): its length stands at 16, its name from 19 on.
    for (let at = 0; at < filled; at += view.getUint16(at + 16, true)) {
      const name = textOfBytes(untilNul(buffer.subarray(at + 19, filled)));
      if (/^\d+$/.test(name) && Number(name) !== descriptor) names.push(name);
    }
  }
  c.close(descriptor);
  return names;
}

function readLink(c: Libc, path: string): string {
  const buffer = new Uint8Array(4096);
  const length = Number(c.readlink(ptr(cString(path)), ptr(buffer), BigInt(buffer.length)));
  return length < 0 ? '' : textOfBytes(buffer.subarray(0, length));
}

/** Whether the address lies in a mapping of this process. */
export function isMapped(c: Libc, address: bigint): boolean {
  const maps = textOfBytes(readWholeFile(c, '/proc/self/maps', PROC_LIMIT));
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) /gm)].some((line) => {
    return BigInt(`0x${line[1]}`) <= address && address < BigInt(`0x${line[2]}`);
  });
}

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
