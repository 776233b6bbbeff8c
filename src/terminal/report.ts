/** How a failure is said: `pqx: what went wrong`, where, and below it the command or edit that mends it. */
import { Fault, placeText, printable } from '../fault.ts';

/**
 * The lines for standard error. Whatever is not a Fault is a defect of ours; its message may quote data, so only its
 * kind is shown, and with `debug` (PQX_DEBUG) where it happened.
 */
export function failureText(program: string, error: unknown, debug: boolean): string {
  const lines: string[] = [];
  if (error instanceof Fault) {
    const place = error.place === undefined ? '' : `${placeText(error.place)}: `;
    lines.push(`${program}: ${printable(place + error.message)}`);
    if (error.hint !== undefined) lines.push(`  hint: ${printable(error.hint)}`);
  } else {
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    lines.push(`${program}: this is a defect of pqx (${printable(kind)})`);
    lines.push('  hint: run it again with PQX_DEBUG=1 and report what it prints; values are never in it');
  }
  if (debug) lines.push(...stackFrames(error));
  return `${lines.join('\n')}\n`;
}

/** The lines for what does not stop the work, and what mends it. */
export function noticeText(what: string, hint?: string): string {
  return `pqx: ${printable(what)}\n${hint === undefined ? '' : `  hint: ${printable(hint)}\n`}`;
}

/** The frames of a stack without its first lines, which hold the message. */
function stackFrames(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
  return error.cause === undefined ? frames : [...frames, '  caused by', ...stackFrames(error.cause)];
}

/** `n thing` or `n things`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
