/** `mask`: what the target prints is filtered for the values that it was granted. Loaded by a launch that masks. */
import type { Secrets } from '../bundle/types.ts';
import { printable } from '../fault.ts';
import { maskOf } from '../launch/mask.ts';
import { isMaskable } from '../launch/mask-forms.ts';
import type { Supervision } from '../launch/supervision.ts';
import type { World } from '../world.ts';

const SHOWN = 5;

/** The values may be wiped afterwards. */
export function supervisionOf(secrets: Secrets): Supervision {
  return { mask: maskOf([...secrets.values()]) };
}

/** One line for what is printed unmasked; empty when nothing is. */
export function maskNotice(world: World, secrets: Secrets): string {
  const short = [...secrets].flatMap(([name, value]) => (isMaskable(value) ? [] : [name]));
  const terminals = [world.stdout, world.stderr].some((stream) => stream.isTerminal);
  const more = short.length > SHOWN ? ` and ${short.length - SHOWN} more` : '';
  const limits = [
    ...(terminals ? ['what goes to the terminal'] : []),
    ...(short.length > 0
      ? [`values under 6 characters (${short.slice(0, SHOWN).map(printable).join(', ')}${more})`]
      : []),
  ];
  return limits.length === 0 ? '' : `pqx: not masked: ${limits.join(', and ')} (-q hides this)\n`;
}
