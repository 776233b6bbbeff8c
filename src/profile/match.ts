/** Which profile a command line gets (PROFILES, matching). Never depends on what the bundle holds. */
import { Fault } from '../fault.ts';
import { argumentsMatcher, literalWords } from './arguments.ts';
import { globMatcher, isLiteral } from './glob.ts';
import { withExtended } from './inherit.ts';
import { suggestion } from './nearest.ts';
import type { FoundCommand, Profile, ProfileFile } from './types.ts';

export interface MatchInput {
  readonly files: readonly ProfileFile[];
  readonly command: FoundCommand;
  /** The arguments that patterns are matched against: for container clients those behind the global options. */
  readonly args: readonly string[];
  /** The home directory, for patterns that start with `~/`. */
  readonly home: string | undefined;
}

export interface Chosen {
  /** With what it extends. */
  readonly profile: Profile;
  readonly file: ProfileFile;
  /** For `explain`: what matched. */
  readonly why: string;
}

export interface Choice {
  readonly chosen: Chosen | undefined;
  /** Profiles that would match too, or whose command does and whose arguments do not, and why they lost. */
  readonly lost: readonly { readonly name: string; readonly why: string }[];
}

interface Candidate extends Chosen {
  /** Compared in order, the larger first: path over name, literal over glob, literal argument words, project over user. */
  readonly rank: readonly number[];
}

/** The profile of `-p NAME`, whatever its `command` and `args` say. A Fault `no-profile` when there is none. */
export function profileByName(files: readonly ProfileFile[], name: string): Chosen {
  const chosen = profileNamed(files, name);
  if (chosen === undefined) throw unknownProfile(files, name);
  return chosen;
}

/** The same; undefined when there is none. */
export function profileNamed(files: readonly ProfileFile[], name: string): Chosen | undefined {
  for (const file of files) {
    for (const profile of file.profiles) {
      if (profile.name === name)
        return { profile: withExtended(profile, file, files), file, why: `-p ${name}` };
    }
  }
  return undefined;
}

export function unknownProfile(files: readonly ProfileFile[], name: string): Fault {
  const names = files.flatMap((file) => file.profiles.map((profile) => profile.name));
  return new Fault('no-profile', `there is no profile ${name}`, {
    hint: suggestion(name, names) ?? 'pqx profiles   lists them',
  });
}

/** The most specific profile whose `command` and `args` match. */
export function chooseProfile(input: MatchInput): Choice {
  const candidates: Candidate[] = [];
  const lost: { name: string; why: string }[] = [];
  const seen = new Set<string>();
  for (const file of input.files) {
    for (const profile of file.profiles) {
      // A project's profile stands in the place of the user's of its name.
      if (seen.has(profile.name)) continue;
      if (file.kind === 'project') seen.add(profile.name);
      const pattern = matchingCommand(profile, file, input);
      if (pattern === undefined) continue;
      const words = matchingArguments(profile, input.args);
      if (words === undefined) lost.push({ name: profile.name, why: 'its `args` do not match' });
      else candidates.push(candidateOf(profile, file, pattern, words));
    }
  }
  // Stable: of equals the earlier in the file wins.
  candidates.sort((a, b) => compareRanks(b.rank, a.rank));
  const [chosen, ...others] = candidates;
  if (chosen === undefined) return { chosen, lost };
  const { profile, file, why } = chosen;
  const beaten: { name: string; why: string }[] = [];
  for (const other of others)
    beaten.push({
      name: other.profile.name,
      why: `${profile.name} is more specific or stands earlier`,
    });
  return {
    chosen: { profile: withExtended(profile, file, input.files), file, why },
    lost: [...beaten, ...lost],
  };
}

/** Whether the profile names the command itself, as it must under a coding agent's marker (PROFILES, choice). */
export function namesCommand(chosen: Chosen, input: MatchInput): boolean {
  return matchingCommand(chosen.profile, chosen.file, input) !== undefined;
}

function candidateOf(profile: Profile, file: ProfileFile, pattern: string, words: number): Candidate {
  const rank = [
    pattern.includes('/') ? 1 : 0,
    isLiteral(pattern) ? 1 : 0,
    words,
    file.kind === 'project' ? 1 : 0,
  ];
  const args = words > 0 ? ' and its `args`' : '';
  return { profile, file, why: `its command ${pattern}${args} matched`, rank };
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The most specific of the command patterns that match; undefined when none does or one with `!` does. */
function matchingCommand(profile: Profile, file: ProfileFile, input: MatchInput): string | undefined {
  if (profile.command.length === 0) return undefined;
  let best: string | undefined;
  let bestScore = -1;
  let removesAlone = true;
  for (const pattern of profile.command) {
    if (pattern.startsWith('!')) {
      if (commandMatches(pattern.slice(1), file, input)) return undefined;
      continue;
    }
    removesAlone = false;
    const score = (pattern.includes('/') ? 2 : 0) + (isLiteral(pattern) ? 1 : 0);
    if (score <= bestScore || !commandMatches(pattern, file, input)) continue;
    best = pattern;
    bestScore = score;
  }
  return removesAlone && commandMatches('*', file, input) ? '*' : best;
}

/**
 * Without a slash a pattern is for what was typed without one and found through PATH outside the working directory's
 * repository: a clone's `node_modules/.bin/claude` gets nothing, unless the clone's own profile, once trusted, names it.
 * With one it is for the absolute path.
 */
function commandMatches(pattern: string, file: ProfileFile, { command, home }: MatchInput): boolean {
  if (!pattern.includes('/')) {
    const found = command.through === 'path' || (command.through === 'inside' && file.kind === 'project');
    return found && globMatcher(pattern, 'name')(command.typed);
  }
  if (command.path === undefined) return false;
  const absolute = absolutePattern(pattern, file, home);
  return absolute !== undefined && globMatcher(absolute, 'name')(command.path);
}

function absolutePattern(pattern: string, file: ProfileFile, home: string | undefined): string | undefined {
  if (pattern.startsWith('~/'))
    return home === undefined ? undefined : literally(home.replace(/\/$/, '')) + pattern.slice(1);
  if (pattern.startsWith('/')) return pattern;
  const directory = file.path.slice(0, file.path.lastIndexOf('/')).split('/');
  let rest = pattern;
  for (let parent = /^\.\.?\//.exec(rest); parent !== null; parent = /^\.\.?\//.exec(rest)) {
    if (parent[0] === '../') directory.pop();
    rest = rest.slice(parent[0].length);
  }
  return `${literally(directory.join('/'))}/${rest}`;
}

/** A path as a pattern that matches it alone. */
function literally(path: string): string {
  return path.replace(/[^A-Za-z0-9/._ -]/g, '\\$&');
}

/** How many literal words the best matching argument pattern has; undefined when none matches or one with `!` does. */
function matchingArguments(profile: Profile, args: readonly string[]): number | undefined {
  if (profile.args === undefined) return 0;
  if (profile.args.length === 0) return args.length === 0 ? 0 : undefined;
  let best: number | undefined;
  let removesAlone = true;
  for (const pattern of profile.args) {
    if (pattern.startsWith('!')) {
      if (argumentsMatcher(pattern.slice(1))(args)) return undefined;
      continue;
    }
    removesAlone = false;
    if (!argumentsMatcher(pattern)(args)) continue;
    const words = literalWords(pattern);
    if (best === undefined || words > best) best = words;
  }
  return removesAlone ? 0 : best;
}
