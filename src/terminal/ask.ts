/** A question to the person at the terminal. */
import { Fault } from '../fault.ts';
import type { World } from '../world.ts';

/**
 * Asks, and returns whether the answer was yes; anything else is no. A Fault `unsafe` where standard input is no
 * terminal, with `instead`: what to type when nobody is there to be asked.
 */
export function confirm(world: World, question: string, instead: string): boolean {
  if (!world.stdin.isTerminal) {
    throw new Fault('unsafe', 'there is no terminal to ask on', { hint: instead });
  }
  world.stderr.write(`${question} [y/N] `);
  const answer = world.stdin.readLine();
  if (answer === undefined) world.stderr.write('\n');
  return /^\s*y(es)?\s*$/i.test(answer ?? '');
}
