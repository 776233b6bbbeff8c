/**
 * The launch as a value: what is granted, what is withheld, what is put into the arguments. Made of names alone; no
 * secret has been opened when it is made.
 */
import { isName, steeringTest } from '../bundle/names.ts';
import { Fault, printable } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { applyPolicy, nameOf } from './environment-policy.ts';
import { fileKeys, type PlannedFile } from './files.ts';
import { globMatcher, isLiteral, listMatcher } from './glob.ts';
import type { Chosen } from './match.ts';
import { nearest } from './nearest.ts';
import { fileGrants, filesArguments, mountedFiles, mountedPath, plannedFiles } from './plan-files.ts';
import { templateKeys } from './template.ts';
import type {
  FoundCommand,
  Grant,
  Inherit,
  LaunchPlan,
  Profile,
  ProfileFile,
  VariableSource,
} from './types.ts';

export interface PlanInput {
  /** Undefined for a launch by `--env` alone. */
  readonly chosen: Chosen | undefined;
  /** Whose profiles fill variables, which are then withheld from every other program. */
  readonly files: readonly ProfileFile[];
  readonly grants: readonly { readonly variable: string; readonly key: string }[];
  readonly command: FoundCommand;
  readonly args: readonly string[];
  readonly environ: readonly string[];
  /** The names in the bundle; undefined when they are encrypted and it was not opened. */
  readonly names: readonly string[] | undefined;
  /** Whether a name is one of them, where that is known without looking through them all. */
  readonly holds?: ((name: string) => boolean) | undefined;
  /** The bundle's path, for messages. */
  readonly bundle: string;
  /** The directory in which the launch makes the config files of the profile. */
  readonly filesDirectory: string;
  /** For fixed paths that start with `~/`. */
  readonly home?: string | undefined;
  /** Puts granted variables into the arguments of a container client. */
  readonly insert?: (args: readonly string[], granted: Insertable) => Inserted;
}

/** What may go into a container: variables without those that hold the path of a file. */
export interface Insertable {
  readonly mode: 'env' | 'files';
  /** All of them, in order. */
  readonly names: readonly string[];
  /** Those that are filled from keys. */
  readonly secrets: readonly string[];
  readonly plain: readonly string[];
  /** Where the file of a variable that is mounted will be. */
  fileOf(name: string): string;
}

export interface Inserted {
  readonly args: readonly string[];
  readonly inserted: readonly string[];
  /** Variables whose values become files instead. */
  readonly mounted: readonly string[];
  readonly warnings: readonly string[];
}

/** Throws a Fault `profile` naming key, profile and the nearest names when a key is granted that the bundle lacks. */
export function planLaunch(input: PlanInput): LaunchPlan {
  const warnings: string[] = [];
  const unresolved: string[] = [];
  const profile = input.chosen?.profile;
  const files = plannedFiles(profile, input.filesDirectory, input.home, (key, by) =>
    requireKey(input, key, by),
  );
  const grants = grantsOf(input, files, warnings, unresolved);
  const stdin = profile?.stdin;
  if (stdin !== undefined) requireKey(input, stdin.key, 'stdin');
  const inherit: Inherit = profile?.inherit ?? 'safe';
  const granted = new Set<string>();
  for (const { variable } of grants) granted.add(variable);
  const unset: string[] = [];
  for (const { name, source } of profile?.env ?? [])
    if (source.kind === 'unset' && !granted.has(name)) unset.push(name);
  const policy = applyPolicy({
    environ: input.environ,
    inherit,
    holds: input.holds ?? holderOf(input.names),
    filled: filledBy(input.files),
  });
  const { args, inserted, mounted } = argumentsOf(input, files, grants, warnings);
  return {
    profile: input.chosen === undefined ? undefined : originOf(input.chosen),
    command: input.command,
    args,
    inserted,
    grants: mounted.length === 0 ? grants : grants.filter(({ variable }) => !mounted.includes(variable)),
    files: [...files, ...mountedFiles(grants, mounted, input.filesDirectory)],
    ...(stdin === undefined ? {} : { stdin }),
    mask: profile?.mask ?? false,
    ...(profile?.pin === undefined ? {} : { pin: profile.pin }),
    opens: keysOf(grants, files, stdin),
    unset,
    inherited:
      unset.length === 0 ? policy.kept : policy.kept.filter((entry) => !unset.includes(nameOf(entry))),
    withheld: withheldOf(policy.withheld, granted, unset),
    inherit,
    unresolved,
    warnings,
  };
}

function holderOf(names: readonly string[] = []): (name: string) => boolean {
  const held = new Set(names);
  return (name) => held.has(name);
}

/** What the target gets all the same is not withheld, and what the profile takes away is said by `unset`. */
function withheldOf(
  withheld: LaunchPlan['withheld'],
  granted: ReadonlySet<string>,
  unset: readonly string[],
): LaunchPlan['withheld'] {
  const left: LaunchPlan['withheld'][number][] = [];
  for (const variable of withheld)
    if (!granted.has(variable.name) && !unset.includes(variable.name)) left.push(variable);
  return left;
}

function originOf({ profile, file, why }: Chosen) {
  return { name: profile.name, file: file.path, line: profile.line, why };
}

/** `--env` over `files` over `env` over `keys`: each variable once. */
function grantsOf(
  input: PlanInput,
  files: readonly PlannedFile[],
  warnings: string[],
  unresolved: string[],
): readonly Grant[] {
  const grants = new Map<string, Grant>();
  const profile = input.chosen?.profile;
  if (profile !== undefined) {
    for (const key of wildKeys(input, profile, warnings, unresolved)) {
      grants.set(key, { variable: key, source: { kind: 'key', key }, by: 'keys' });
    }
    for (const { name, source } of profile.env) {
      grants.delete(name);
      const grant = grantOf(input, name, source, warnings);
      if (grant !== undefined) grants.set(name, grant);
    }
  }
  for (const grant of fileGrants(files)) grants.set(grant.variable, grant);
  for (const { variable, key } of input.grants) {
    requireKey(input, key, '--env');
    grants.set(variable, { variable, source: { kind: 'key', key }, by: '--env' });
  }
  const list: Grant[] = [];
  for (const [, grant] of grants) list.push(grant);
  return list;
}

function grantOf(
  input: PlanInput,
  variable: string,
  source: VariableSource,
  warnings: string[],
): Grant | undefined {
  switch (source.kind) {
    case 'unset':
      return undefined;
    case 'value':
      return { variable, source, by: 'env' };
    case 'template': {
      const keys = templateKeys(source.template);
      for (const key of keys) requireKey(input, key, variable);
      return { variable, source: { ...source, keys }, by: 'env' };
    }
    case 'key':
      if (source.optional && input.names?.includes(source.key) === false) {
        warnings.push(`${variable}: the optional key ${source.key} is not in the bundle`);
        return undefined;
      }
      requireKey(input, source.key, variable);
      return { variable, source: { kind: 'key', key: source.key }, by: 'env' };
  }
}

/** What `keys` grants. A literal must be there; a glob never grants a name that steers other programs. */
function wildKeys(
  input: PlanInput,
  profile: Profile,
  warnings: string[],
  unresolved: string[],
): readonly string[] {
  const { keys = [] } = profile;
  if (keys.length === 0) return [];
  const steers = steeringTest();
  const literals = keys.filter((pattern) => !pattern.startsWith('!') && isLiteral(pattern));
  for (const key of literals) {
    if (steers(key)) throw steering(key, profile);
    requireKey(input, key, 'keys');
  }
  const { names } = input;
  if (names === undefined) {
    unresolved.push(...keys.filter((pattern) => pattern.startsWith('!') || !isLiteral(pattern)));
    return literals.filter(listMatcher(keys, 'name'));
  }
  warnings.push(...globsWithoutMatch(keys, names));
  const matches = listMatcher(keys, 'name');
  const found = names.filter((name) => isName(name) && matches(name));
  for (const name of found.filter(steers))
    warnings.push(`${name} steers other programs: no glob grants it; name it under \`env\``);
  return found.filter((name) => !steers(name)).sort();
}

function globsWithoutMatch(keys: readonly string[], names: readonly string[]): readonly string[] {
  const globs = keys.filter((pattern) => !pattern.startsWith('!') && !isLiteral(pattern));
  return globs
    .filter((glob) => !names.some(globMatcher(glob, 'name')))
    .map((glob) => `keys: ${glob} matches no key of the bundle`);
}

function steering(key: string, profile: Profile): Fault {
  return new Fault(
    'profile',
    `${key} steers other programs, so \`keys\` of the profile ${profile.name} does not grant it`,
    {
      hint: `env: { ${key}: ${key} }   grants it by name`,
    },
  );
}

function requireKey(input: PlanInput, key: string, by: string): void {
  const { names, chosen, bundle } = input;
  if (names === undefined || names.includes(key)) return;
  const where = chosen === undefined || by === '--env' ? by : `${by} of the profile ${chosen.profile.name}`;
  const near = nearest(key, names.filter(isName));
  const meant =
    near.length === 0 ? '' : `; the nearest ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}`;
  throw new Fault('profile', `the bundle has no key ${printable(key)}, which ${where} grants${meant}`, {
    hint: `pqx --bundle ${shellWord(bundle)} set ${key}   adds it; pqx --bundle ${shellWord(bundle)} list   shows the names`,
  });
}

/** Variables that some profile fills from a key or a template. */
function filledBy(files: readonly ProfileFile[]): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const file of files) {
    for (const profile of file.profiles) {
      for (const { name, source } of profile.env)
        if (source.kind === 'key' || source.kind === 'template') filled.add(name);
    }
  }
  return filled;
}

function argumentsOf(
  input: PlanInput,
  files: readonly PlannedFile[],
  grants: readonly Grant[],
  warnings: string[],
): Pick<Inserted, 'args' | 'inserted' | 'mounted'> {
  const profile = input.chosen?.profile;
  const prepend = filesArguments(profile, 'prepend', files);
  const append = filesArguments(profile, 'append', files);
  const args = [...prepend, ...input.args, ...append];
  const inserted = [...prepend, ...append];
  if (input.insert === undefined || profile?.container === 'off') return { args, inserted, mounted: [] };
  const named = (isWanted: (kind: Grant['source']['kind']) => boolean) =>
    grants.filter(({ source }) => isWanted(source.kind)).map(({ variable }) => variable);
  const result = input.insert(args, {
    mode: profile?.container ?? 'env',
    names: named((kind) => kind !== 'file'),
    secrets: named((kind) => kind === 'key' || kind === 'template'),
    plain: named((kind) => kind === 'value'),
    fileOf: (name) => mountedPath(name, input.filesDirectory),
  });
  warnings.push(...result.warnings);
  return { ...result, inserted: [...inserted, ...result.inserted] };
}

function keysOf(
  grants: readonly Grant[],
  files: readonly PlannedFile[],
  stdin: LaunchPlan['stdin'],
): readonly string[] {
  const seen = new Set<string>();
  const keys: string[] = [];
  const add = (key: string) => {
    if (!seen.has(key)) keys.push(key);
    seen.add(key);
  };
  if (stdin !== undefined) add(stdin.key);
  for (const { source } of grants) for (const key of keysOfSource(source)) add(key);
  for (const { source } of files) for (const key of fileKeys(source)) add(key);
  return keys.sort();
}

function keysOfSource(source: Grant['source']): readonly string[] {
  switch (source.kind) {
    case 'key':
      return [source.key];
    case 'template':
      return source.keys;
    case 'value':
    case 'file':
      return [];
  }
}
