/** What the files under /proc say (proc(5)), as values. Pure. */
import { textOfBytes } from './bytes.ts';
import type { Limit } from './caller.ts';

/** The strings of /proc/PID/cmdline or environ, each ended by a NUL, as byte texts. */
export function splitAtNul(bytes: Uint8Array): readonly string[] {
  const { length } = bytes;
  const end = bytes[length - 1] === 0 ? length - 1 : length;
  return length === 0 ? [] : textOfBytes(bytes.subarray(0, end)).split('\0');
}

/** One line of /proc/PID/limits, by its title; undefined when it is not there. */
export function limitIn(limits: string, title: string): Limit | undefined {
  const at = limits.indexOf(`\n${title}`) + 1;
  if (at === 0) return undefined;
  const columns: bigint[] = [];
  for (const word of limits.slice(at + title.length, limits.indexOf('\n', at)).split(' ')) {
    if (word === '') continue;
    const value = limitValue(word);
    if (value === undefined) break;
    columns.push(value);
  }
  const [soft, hard] = columns;
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}

/** The signals of a mask in /proc/PID/status (`SigIgn`, `SigBlk`), by number; empty when it is not there. */
export function signalsIn(status: string, field: string): ReadonlySet<number> {
  const signals = new Set<number>();
  const at = status.indexOf(`\n${field}:\t`);
  if (at < 0) return signals;
  const from = at + field.length + '\n:\t'.length;
  const last = status.indexOf('\n', from) - 1;
  for (let digit = last; digit >= from; digit -= 1) {
    const bits = '0123456789abcdef'.indexOf(status[digit] ?? '');
    if (bits < 0) return new Set();
    for (let bit = 0; bit < 4; bit += 1) if ((bits >> bit) & 1) signals.add(4 * (last - digit) + bit + 1);
  }
  return signals;
}

/** Process group, and foreground process group of the controlling terminal (-1: none), from /proc/PID/stat. */
export function groupsIn(stat: string): { readonly own: number; readonly foreground: number } | undefined {
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = Number(fields[2]);
  const foreground = Number(fields[5]);
  return Number.isInteger(own) && Number.isInteger(foreground) ? { own, foreground } : undefined;
}

/** The letter of the state in /proc/PID/stat: `T` is stopped by a signal, `Z` is a zombie; undefined when there is none. */
export function stateIn(stat: string): string | undefined {
  return stat === '' ? undefined : stat[stat.lastIndexOf(')') + 2];
}

function limitValue(text: string): bigint | undefined {
  if (text === 'unlimited') return 0xffff_ffff_ffff_ffffn;
  return /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
}
