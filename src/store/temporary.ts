/**
 * The names of temporary files say who writes them, so that what a killed writer left can be told from what another is
 * writing at this moment, also from another container and another machine.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { randomBytes } from '../crypto/random.ts';
import { utf8 } from '../crypto/wipe.ts';

/** One process for as long as its machine runs: its pid counts only in its scope. */
export interface Writer {
  /** Of the boot and the pid namespace, 16 hex digits; `0` where the system does not tell. */
  readonly scope: string;
  readonly pid: number;
  /** In clock ticks since boot, which tells a pid's second process from its first. */
  readonly start: string;
}

/** How old a file of a writer that cannot be asked must be before it is taken for left behind, in milliseconds. */
const LEFT_AFTER_MS = 24 * 60 * 60 * 1000;
/** A name has at most 255 bytes, and a longer start does not make it clearer. */
const LONGEST_START = 40;

export function thisWriter(): Writer {
  const { pid } = process;
  const start = startTime(pid);
  return start === undefined ? { scope: '0', pid, start: '0' } : { scope: thisScope(), pid, start };
}

/** A new name for what `writer` writes and will become `name`, which has no slash. */
export function temporaryName(name: string, { scope, pid, start }: Writer): string {
  return `${startOf(name)}${scope}.${pid}.${start}.${hexEncode(randomBytes(8))}.tmp`;
}

/**
 * Of `entries` of a directory, the temporary files for `name` whose writer is gone, as `own` can judge it. `age` is how
 * long ago an entry was written, in milliseconds by the clock of its file system.
 */
export function leftBehind(
  entries: readonly string[],
  name: string,
  own: Writer,
  age: (entry: string) => number,
): readonly string[] {
  const start = startOf(name);
  return entries.filter((entry) => {
    const writer = entry.startsWith(start) ? writerIn(entry.slice(start.length)) : undefined;
    if (writer === undefined) return false;
    if (writer.scope === own.scope && own.scope !== '0') return !isAlive(writer);
    return age(entry) > LEFT_AFTER_MS;
  });
}

function startOf(name: string): string {
  let start = name;
  while (utf8(start).length > LONGEST_START) start = [...start].slice(0, -1).join('');
  return `.${start}.`;
}

function writerIn(rest: string): Writer | undefined {
  const match = /^([0-9a-f]{16}|0)\.(\d+)\.(\d+)\.[0-9a-f]{16}\.tmp$/.exec(rest);
  if (match === null) return undefined;
  const [, scope = '', pid = '', start = ''] = match;
  return { scope, pid: Number(pid), start };
}

/** The first pid namespace has the same number on every machine, so the boot says which machine. */
function thisScope(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return hexEncode(sha3_256(utf8(boot + readlinkSync('/proc/self/ns/pid')))).slice(0, 16);
  } catch {
    return '0';
  }
}

function isAlive({ pid, start }: Writer): boolean {
  return startTime(pid) === start;
}

/** Undefined for a process that is not there or a zombie, which writes nothing any more. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
