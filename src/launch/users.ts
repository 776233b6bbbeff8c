/**
 * Who uses a directory of config files: each process leaves a record of itself in it, and everybody can tell from the
 * records whether one of them still lives.
 */
import { linkTarget, namesIn, smallFile } from '#trap';

/** A process, told from a later one of the same number by its start time, and from one of another kernel's view. */
export interface User {
  readonly pid: number;
  /** In clock ticks since the boot (proc(5), stat, field 22). */
  readonly start: string;
  readonly boot: string;
  /** The pid namespace, in which alone the number means this process. */
  readonly namespace: string;
}

/** `pqx` is who launches, `guard` who watches, `target` whom a supervising pqx started. */
export const ROLES = ['pqx', 'guard', 'target'] as const;
export type Role = (typeof ROLES)[number];

/** The record of a process of this pid namespace; undefined when there is none of that number. */
export function userOf(pid: number | 'self'): User | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  return { pid: stat.pid, start: stat.start, boot: bootId(), namespace: pidNamespace() };
}

export function recordText({ pid, start, boot, namespace }: User): string {
  return `${pid} ${start} ${boot} ${namespace}\n`;
}

/** Undefined for what is no record. */
export function readRecord(text: string): User | undefined {
  const [, pid, start, boot, namespace] = /^(\d+) (\d+) (\S+) (\S+)\n$/.exec(text) ?? [];
  if (pid === undefined || start === undefined || boot === undefined || namespace === undefined)
    return undefined;
  return { pid: Number(pid), start, boot, namespace };
}

/** `elsewhere`: in a pid namespace of which nothing can be told from here. */
export function stateOf(user: User): 'lives' | 'gone' | 'elsewhere' {
  if (user.boot !== bootId()) return 'gone';
  if (user.namespace !== pidNamespace()) return 'elsewhere';
  return isStill(user) ? 'lives' : 'gone';
}

/** Whether the process that started then is there and has not ended; a zombie has. */
export function isStill(user: Pick<User, 'pid' | 'start'>): boolean {
  const stat = statOf(user.pid);
  return stat !== undefined && stat.start === user.start && stat.state !== 'Z' && stat.state !== 'X';
}

/** The process group of this process. */
export function ownGroup(): number | undefined {
  return statOf('self')?.group;
}

/** Processes of the group that started no earlier than `start` and have not ended. */
export function youngerInGroup(group: number, start: string): readonly Pick<User, 'pid' | 'start'>[] {
  return namesIn('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    const young = stat !== undefined && stat.group === group && BigInt(stat.start) >= BigInt(start);
    return young && isStill(stat) ? [{ pid: stat.pid, start: stat.start }] : [];
  });
}

function statOf(pid: number | 'self') {
  const text = smallFile(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, group, start] = [fields[0], fields[2], fields[19]];
  if (state === undefined || group === undefined || start === undefined) return undefined;
  return { pid: Number.parseInt(text, 10), state, group: Number(group), start };
}

function bootId(): string {
  return smallFile('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
}

function pidNamespace(): string {
  return linkTarget('/proc/self/ns/pid') ?? 'unknown';
}
