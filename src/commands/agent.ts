/**
 * Coding agents run commands whose output lands in a transcript. They mark the environment of those commands; under a
 * mark, what prints or freely hands out secrets asks for `--reveal` first. It guards against accidents, not intent.
 */

import { Fault } from '../fault.ts';
import type { Word } from '../words.ts';
import type { World } from '../world.ts';

/** Variables that coding agents set for the commands that they run. */
const AGENT_MARKERS =
  'CLAUDECODE CLAUDE_CODE CURSOR_AGENT CODEX_SANDBOX CODEX_CI CODEX_THREAD_ID GEMINI_CLI ANTIGRAVITY_AGENT AUGMENT_AGENT OPENCODE AI_AGENT';

/** The marker that stands in the caller's environment, or undefined. */
export function agentMarker(world: World): string | undefined {
  for (let from = 0; from < AGENT_MARKERS.length; ) {
    const end = AGENT_MARKERS.indexOf(' ', from);
    const name = AGENT_MARKERS.slice(from, end < 0 ? undefined : end);
    if ((world.env(name) ?? '') !== '') return name;
    from += name.length + 1;
  }
  return undefined;
}

/**
 * Throws a Fault `unsafe` when printing secrets to standard output would leave them where they do not belong: on a
 * terminal, in a regular file, or in a coding agent's transcript. A pipe is free. `hint`: the line of `word` that prints them
 * all the same.
 */
export function refuseToPrint(
  world: World,
  revealed: boolean,
  word: Word,
  hint: string,
  rules: { readonly terminalOnly: boolean },
): void {
  if (revealed) return;
  if (world.stdout.isTerminal) {
    throw new Fault('unsafe', `\`${word}\` prints secrets, and standard output is a terminal`, { hint });
  }
  if (rules.terminalOnly) return;
  if (world.stdout.isRegularFile) {
    throw new Fault('unsafe', `\`${word}\` prints secrets, and standard output is a file on a disk`, {
      hint,
    });
  }
  const marker = agentMarker(world);
  if (marker !== undefined) {
    throw new Fault(
      'unsafe',
      `\`${word}\` prints secrets, and ${marker} says that a coding agent reads them`,
      { hint },
    );
  }
}
