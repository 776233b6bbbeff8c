/** What a process is: where it runs, whose it is, and what the system keeps about it. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Loss, type Section, scratch, statusFields, supervised } from '../compare.ts';

const odd = join(scratch, 'a b\n*é');
const link = join(scratch, 'link');

/** Fields of /proc/PID/stat that a launch could change (proc(5)), beside those of a neighbour that the caller started. */
function statFields(recorded: string): string {
  const [neighbour = [], target = []] = recorded.split('\n').map((line) => {
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return [2, 3, 4, 5, 15, 16, 37, 38].map((index) => fields[index]);
  });
  const names = ['group', 'session', 'terminal', 'foreground', 'priority', 'nice', 'real time', 'policy'];
  return names.map((name, index) => `${name}: ${target[index] === neighbour[index]}`).join('\n');
}

/** Whether the process leads its group and its session, instead of the numbers, which differ. */
function leadership(recorded: string): string {
  const pid = recorded.split(' ')[0];
  const fields = recorded.slice(recorded.lastIndexOf(')') + 2).split(' ');
  return JSON.stringify({ group: fields[2] === pid, session: fields[3] === pid, terminal: fields[4] });
}

const pqxIsTheParent: Loss = {
  because: 'pqx is the parent of the target',
  expect: (through, direct) => {
    expect(direct.stdout).toBe('same\n');
    expect(through).toEqual({ ...direct, stdout: '' });
  },
};
const pqxLeads: Loss = {
  because: 'pqx leads the group or session, and the target is in it',
  expect: (through, direct) => {
    expect(direct.stdout).toContain('"session":true');
    expect(through.stdout).toContain('"session":false');
  },
};
const STAT = ['cat', '/proc/self/stat'];
const facts = statusFields(
  'Name',
  'Umask',
  'TracerPid',
  'Uid',
  'Gid',
  'Groups',
  'Kthread',
  'Threads',
  'SigPnd',
  'ShdPnd',
  'SigBlk',
  'SigIgn',
  'SigCgt',
  'CapInh',
  'CapPrm',
  'CapEff',
  'CapBnd',
  'CapAmb',
  'NoNewPrivs',
  'Seccomp',
  'Seccomp_filters',
  'Speculation_Store_Bypass',
  'SpeculationIndirectBranch',
  'Cpus_allowed',
  'Mems_allowed',
  'CoreDumping',
  'THP_enabled',
  'untag_mask',
  'x86_Thread_features',
);

export const PROCESS: Section = {
  title: 'What a process is',
  prepare: () => {
    mkdirSync(odd, { recursive: true });
    symlinkSync(odd, link);
  },
  rows: [
    { name: 'every fact of its status', command: ['cat', '/proc/self/status'], show: facts },
    {
      name: 'personality, core dump filter, timer slack, OOM score, control group, namespaces',
      command: [],
      around: `"$@" cat /proc/self/personality /proc/self/coredump_filter /proc/self/timerslack_ns /proc/self/oom_score_adj \
      /proc/self/cgroup /proc/self/attr/current 2>/dev/null; "$@" readlink /proc/self/ns/mnt /proc/self/ns/pid /proc/self/root`,
    },
    {
      name: 'group, session, terminal, priority, nice',
      command: STAT,
      around: 'cat /proc/self/stat; "$@"; :',
      show: statFields,
    },
    {
      name: 'the parent',
      command: [],
      around: "\"$@\" sh -c '[ $PPID = '$$' ] && echo same'; :",
      losses: supervised(pqxIsTheParent),
    },
    {
      name: 'nice',
      command: STAT,
      around: 'nice -n 7 cat /proc/self/stat; nice -n 7 "$@"; :',
      show: statFields,
    },
    {
      name: 'umask',
      command: ['cat', '/proc/self/status'],
      around: 'umask 0137; exec "$@"',
      show: statusFields('Umask'),
    },
    {
      name: 'a raised OOM score',
      command: ['cat', '/proc/self/oom_score_adj'],
      around: 'echo 321 >/proc/self/oom_score_adj; exec "$@"',
    },
    {
      name: 'processors',
      command: ['cat', '/proc/self/status'],
      around: 'exec taskset -c 0 "$@"',
      needs: ['taskset'],
      show: statusFields('Cpus_allowed', 'Cpus_allowed_list'),
    },
    { name: 'the working directory', command: ['readlink', '/proc/self/cwd'], cwd: odd },
    {
      name: 'the working directory through a link',
      command: ['sh', '-c', 'pwd; readlink /proc/self/cwd'],
      around: `cd ${link}; exec "$@"`,
    },
    { name: 'it has no children that it did not start', command: ['cat', '/proc/thread-self/children'] },
    {
      name: 'core dumps are as allowed as before, and the process as open to its own user',
      command: ['sh', '-c', 'cat /proc/$$/limits | grep core; stat -c %u:%g /proc/$$/environ'],
      around: 'ulimit -Sc 0; ulimit -Sc unlimited 2>/dev/null; exec "$@"',
    },
    {
      name: 'as leader of a session',
      command: STAT,
      around: 'exec setsid -w "$@"',
      needs: ['setsid'],
      show: leadership,
      losses: supervised(pqxLeads),
    },
    { name: 'in a group of its own', command: STAT, around: 'set -m; "$@" & wait $!', show: leadership },
  ],
};
