import type { GlobalOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import { readAudit } from '../store/audit-files.ts';
import { configDir } from '../store/paths.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';

type Event = Readonly<Record<string, unknown>>;

const OPTIONS = {
  key: { type: 'string' },
  profile: { type: 'string', short: 'p' },
  since: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `log`: what was done with which keys, the oldest first; `--json`: one object a line. */
export function log(world: World, _options: GlobalOptions, args: readonly string[]): number {
  const { values } = readArguments('log', args, OPTIONS);
  const since = values.since === undefined ? undefined : sinceWhen(values.since, world.now());
  const { events, broken } = readAudit(configDir(world.env));
  const chosen = events.filter(
    (event) =>
      (values.key === undefined || listOf(event['keys']).includes(values.key)) &&
      (values.profile === undefined || event['profile'] === values.profile) &&
      (since === undefined || textOf(event['time']) >= since),
  );
  if (broken > 0) world.stderr.write(`pqx: ${counted(broken, 'line')} of the log cannot be read\n`);
  world.stdout.write(
    chosen.map(values.json === true ? (event) => `${JSON.stringify(event)}\n` : lineOf).join(''),
  );
  return 0;
}

/** `30s`, `15m`, `1h`, `7d`, `2w` before now, or a time as the log has it. Compared as texts, as ISO 8601 in UTC can be. */
function sinceWhen(text: string, now: Date): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = new Map([
    ['s', 1],
    ['m', 60],
    ['h', 3600],
    ['d', 86_400],
    ['w', 604_800],
  ]).get(unit);
  if (count !== undefined && seconds !== undefined)
    return new Date(now.getTime() - Number(count) * seconds * 1000).toISOString();
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new Fault('usage', `--since takes how long ago, or a time: not ${printable(text)}`, {
    hint: 'pqx log --since 1h   or 30m, 7d, 2026-01-31',
  });
}

function lineOf(event: Event): string {
  const { time, event: what, profile, program, keys, files, file, how, cwd, pid, agent } = event;
  const parts = [
    `${textOf(time).slice(0, 19)}Z`,
    textOf(what),
    ...named('profile', profile),
    ...(program === undefined ? [] : [textOf(program)]),
    ...(file === undefined ? [] : [textOf(file)]),
    ...(listOf(keys).length === 0 ? [] : [`keys ${listOf(keys).join(', ')}`]),
    ...(listOf(files).length === 0 ? [] : [`files ${listOf(files).join(', ')}`]),
    ...(how === undefined ? [] : [textOf(how)]),
    ...named('in', cwd),
    ...named('pid', pid),
    ...named('under', agent),
  ];
  return `${printable(parts.join('  '))}\n`;
}

function named(name: string, value: unknown): readonly string[] {
  return value === undefined ? [] : [`${name} ${textOf(value)}`];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
