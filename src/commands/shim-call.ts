/**
 * pqx started as a tool: through a shim, a link named after the tool in a directory of shims that stands first in PATH.
 * The real tool is the next one in PATH. Loaded only when pqx was started under another name than its own.
 */
import { realPath, startedAs } from '#system';
import { Fault, printable } from '../fault.ts';
import { findCommand, type ResolvedCommand } from '../launch/resolve.ts';
import { shellWord } from '../quote.ts';
import { absoluteIn, directoryOf } from '../store/paths.ts';
import type { Shim, World } from '../world.ts';

/** The directory's own name: its parent is the config directory that its shims use. */
export const SHIMS = 'shims';

/**
 * Tells the target's shims what was started: `pid:again:depth:path`. A version manager's own shim that looks for the tool
 * in PATH finds pqx's, which must not send it round for ever.
 */
const TRACE = 'PQX_SHIM';
/** A tool may start itself again by its name, in the same process: so often in a row is a circle. */
const MOST_AGAIN = 4;
/** Shims within shims, each started by what the one before it started. */
const DEEPEST = 100;

/** Undefined when it is no shim that it was started through, but pqx under some name. */
export function shimCall(argv0: string, PATH: string | undefined, cwd: string): Shim | undefined {
  for (const path of candidates(argv0, PATH)) {
    const spelled = absoluteIn(cwd, path);
    const directory = realPath(directoryOf(spelled));
    if (directory?.endsWith(`/${SHIMS}`) !== true) continue;
    return { tool: spelled.slice(spelled.lastIndexOf('/') + 1), directory, argv0 };
  }
  return undefined;
}

/** The path that it was started by; where the platform does not say, what argv[0] would find. */
function candidates(argv0: string, PATH: string | undefined): readonly string[] {
  const path = startedAs() ?? argv0;
  if (path.includes('/')) return [path];
  return (PATH ?? '').split(':').flatMap((element) => (element === '' ? [] : [`${element}/${path}`]));
}

/** The config directory of the shim's own, whatever the environment says. */
export function shimConfig(shim: Shim): string {
  return directoryOf(shim.directory);
}

export interface BehindShim {
  readonly found: ResolvedCommand;
  /** The entry that the target's environment gets. */
  readonly trace: string;
}

/** The real tool. A Fault `launch` when the shims of two programs only ever start each other. */
export function behindShim(world: World, shim: Shim): BehindShim {
  const find = (passOver: readonly string[]) =>
    findCommand(shim.tool, world.env('PATH'), world.cwd, world.env('HOME'), passOver);
  const before = readTrace(world.env(TRACE));
  const depth = (before?.depth ?? 0) + 1;
  if (depth > DEEPEST) throw circle(shim);
  const first = find([]);
  const isAgain = before !== undefined && before.pid === process.pid && before.path === first.spelling;
  if (!isAgain) return { found: first, trace: traceOf(1, depth, first) };
  if (before.again < MOST_AGAIN) return { found: first, trace: traceOf(before.again + 1, depth, first) };
  const second = find([first.spelling]);
  if (second.path === undefined) throw circle(shim);
  return { found: second, trace: traceOf(before.again, depth, first) };
}

function traceOf(again: number, depth: number, found: ResolvedCommand): string {
  return `${TRACE}=${process.pid}:${again}:${depth}:${found.spelling}`;
}

function readTrace(text: string | undefined) {
  const [whole, pid, again, depth, path] = /^(\d+):(\d+):(\d+):(.*)$/s.exec(text ?? '') ?? [];
  if (whole === undefined || path === undefined) return undefined;
  return { pid: Number(pid), again: Number(again), depth: Number(depth), path };
}

function circle(shim: Shim): Fault {
  return new Fault(
    'launch',
    `${printable(shim.tool)} starts itself again and again, and no program is behind it`,
    {
      hint: `type -a ${shellWord(shim.tool)}   shows what PATH has; pqx shim remove ${shellWord(shim.tool)}   takes the shim away`,
    },
  );
}
