/** What a launch that works says, on a terminal and unless told to be quiet: one line each at most. */
import { printable } from '../fault.ts';
import type { Project } from '../profile/discover.ts';
import type { LaunchPlan } from '../profile/types.ts';
import type { World } from '../world.ts';

const SHOWN = 5;

/** What the user should know of this launch. */
export function noticesOf(plan: LaunchPlan, project: Project | undefined): string {
  return untrustedNotice(project) + withheldNotice(plan);
}

/** That the keychain was asked in vain (commands/keychain.ts). */
export function heardNotice({ heard }: World): string {
  const notice = heard.get('keychain-notice');
  return notice === undefined ? '' : new TextDecoder().decode(notice);
}

/** One line for a project file that does not count; empty when there is none. */
export function untrustedNotice(project: Project | undefined): string {
  if (project === undefined || project.standing === 'trusted') return '';
  const what = project.standing === 'changed' ? 'has changed since it was trusted' : 'is not trusted';
  return `pqx: ${printable(project.path)} ${what}, so it grants nothing here (pqx trust shows it and asks)\n`;
}

/** Variables that look like credentials and that the bundle does not hold: the target may miss them. */
function withheldNotice(plan: LaunchPlan): string {
  const names = plan.withheld.filter(({ why }) => why === 'looks like a credential').map(({ name }) => name);
  if (names.length === 0) return '';
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const shown = names.slice(0, SHOWN).map(printable).join(', ');
  return `pqx: withheld ${shown}${more} (inherit: [ … ] in the profile lets them through; -q hides this)\n`;
}
