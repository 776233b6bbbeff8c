/** What a launch says for whose command no profile counts but one of a project file that is not trusted. */
import type { LaunchOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import type { Project } from '../profile/discover.ts';
import { chooseProfile, type MatchInput, profileNamed } from '../profile/match.ts';
import { parseProfiles } from '../profile/parse.ts';
import { shellWord } from '../quote.ts';

type Untrusted = Exclude<Project, { readonly standing: 'trusted' }>;

/**
 * Throws a Fault `unsafe` when the file would match, with the way to trust it, or when it cannot be told. It is parsed
 * for this alone, and nothing of it is obeyed or kept.
 */
export async function requireTrust(
  project: Project,
  options: LaunchOptions,
  match: MatchInput,
): Promise<void> {
  const path = printable(project.path);
  if (project.standing === 'refused')
    throw new Fault(
      'unsafe',
      `no profile of yours matches, and ${project.fault.message}`,
      hintOf(project.fault),
    );
  const file = await parsed(project);
  if (file === undefined) {
    throw new Fault('unsafe', `no profile of yours matches, and the project file ${path} is not valid`, {
      hint: `pqx profiles check ${shellWord(project.path)}   says what is wrong in it`,
    });
  }
  const files = [file, ...match.files];
  const chosen =
    options.profile === undefined
      ? chooseProfile({ ...match, files }).chosen
      : profileNamed(files, options.profile);
  if (chosen === undefined) return;
  const what = project.standing === 'changed' ? 'has changed since you trusted it' : 'is not trusted';
  throw new Fault(
    'unsafe',
    `only the profile ${chosen.profile.name} of the project file ${path} matches, and that file ${what}`,
    { hint: 'pqx trust   shows what it would change, and asks' },
  );
}

async function parsed(project: Exclude<Untrusted, { readonly standing: 'refused' }>) {
  try {
    return await parseProfiles(project.bytes, project.path, 'project');
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function hintOf({ hint }: Fault): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}
