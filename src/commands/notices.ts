/** What a launch that works says, on a terminal and unless told to be quiet: one line each at most. */
import { printable } from '../fault.ts';
import type { LaunchPlan } from '../profile/types.ts';

const SHOWN = 5;

/** Variables that look like credentials and that the bundle does not hold: the target may miss them. */
export function noticesOf(plan: LaunchPlan): string {
  const names = plan.withheld.filter(({ why }) => why === 'looks like a credential').map(({ name }) => name);
  if (names.length === 0) return '';
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const shown = names.slice(0, SHOWN).map(printable).join(', ');
  return `pqx: withheld ${shown}${more} (inherit: [ … ] in the profile lets them through; -q hides this)\n`;
}
