import { clearNames } from '../bundle/read.ts';
import type { GlobalOptions } from '../cli.ts';
import { Fault, printable } from '../fault.ts';
import { describeFile } from '../profile/describe.ts';
import { findProject, PROJECT_FILES, type Project, readProject } from '../profile/discover.ts';
import { withExtended } from '../profile/inherit.ts';
import { parseProfiles } from '../profile/parse.ts';
import { extendedHash } from '../profile/trust.ts';
import { addTrust, removeTrust, shownBefore } from '../profile/trust-write.ts';
import type { ProfileFile } from '../profile/types.ts';
import { absoluteIn, configDir, directoryOf } from '../store/paths.ts';
import { confirm } from '../terminal/ask.ts';
import { differenceLines } from '../terminal/difference.ts';
import type { World } from '../world.ts';
import { bundlePath, soundBundle } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { nearbyFile } from './nearby.ts';
import { readProfiles } from './profile-files.ts';

const FILE = { least: 0, most: 1, what: 'a FILE' };

/** `trust [FILE]`: shows all that the project file changes, asks, and from then on lets it. */
export async function trust(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('trust', args, { yes: { type: 'boolean' } }, FILE);
  const directory = configDir(world.env);
  const { path, bytes, content, known } = requireProject(world, directory, positionals[0]);
  const user = await readProfiles(world, options);
  const file = await parseProfiles(bytes, path, 'project');
  const extended = extendedHash(file, user === undefined ? [file] : [file, user]);
  const entry = { path, content, ...(extended === undefined ? {} : { extended }) };
  if (known?.content === content && known.extended === extended) {
    world.stderr.write(`${printable(path)} is trusted already\n`);
    return 0;
  }
  const lines = describe(world, options, file, user);
  const before = known === undefined ? undefined : shownBefore(directory, path);
  world.stdout.write(shown(path, known !== undefined, before, lines));
  if (values.yes !== true && !confirm(world, 'Trust this?', 'pqx trust --yes   trusts what was shown')) {
    world.stderr.write('nothing was changed\n');
    return 1;
  }
  // What was shown is what is trusted, whatever the file holds by now.
  await addTrust(directory, entry, lines);
  await recordWord(world, options, { event: 'trust', file: path });
  world.stderr.write(`${printable(path)} is trusted, until it changes\n`);
  return 0;
}

/** `untrust [FILE]`: takes it back, also for a file that is gone. */
export async function untrust(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { positionals } = readArguments('untrust', args, {}, FILE);
  const directory = configDir(world.env);
  const [named] = positionals;
  const project = look(world, directory, named);
  const path = project?.path ?? (named === undefined ? undefined : absoluteIn(world.cwd, named));
  if (path === undefined) throw noProject();
  if (!(await removeTrust(directory, path))) {
    world.stderr.write(`${printable(path)} was not trusted\n`);
    return 0;
  }
  await recordWord(world, options, { event: 'untrust', file: path });
  world.stderr.write(`${printable(path)} is trusted no more\n`);
  return 0;
}

function look(world: World, directory: string, named: string | undefined): Project | undefined {
  return named === undefined
    ? findProject(world.cwd, world.env('HOME'), directory)
    : readProject(absoluteIn(world.cwd, named), directory);
}

function requireProject(world: World, directory: string, named: string | undefined) {
  const project = look(world, directory, named);
  if (project === undefined && named !== undefined)
    throw new Fault('store', `there is no file ${named}`, {
      hint: nearbyFile(absoluteIn(world.cwd, named)) ?? 'pqx trust   finds the project file itself',
    });
  if (project === undefined) throw noProject();
  if (project.standing === 'refused') throw project.fault;
  // What is found has the name; a link with that name may lead to a file of another.
  const names = [named ?? PROJECT_FILES[0] ?? '', project.path].map((path) => path.split('/').at(-1) ?? '');
  if (!names.some((name) => PROJECT_FILES.includes(name))) {
    throw new Fault('usage', `${project.path} is not named as a project file is`, {
      hint: `the names are ${PROJECT_FILES.join(', ')}; a file named by --profiles needs no trust`,
    });
  }
  return project;
}

function noProject(): Fault {
  return new Fault('store', 'there is no project file in this directory or above it', {
    hint: `the names are ${PROJECT_FILES.join(', ')}`,
  });
}

/** The whole of a file that is new; what is different in one that was trusted before. */
function shown(
  path: string,
  changed: boolean,
  before: readonly string[] | undefined,
  after: readonly string[],
): string {
  const name = printable(path);
  const indented = after.map((line) => `  ${line}\n`).join('');
  if (!changed)
    return `${name} would change this for what is launched in ${printable(directoryOf(path))}:\n${indented}`;
  if (before === undefined) return `${name} has changed since you trusted it. All of it now:\n${indented}`;
  const lines = differenceLines(before, after);
  const same = lines.every((line) => line.startsWith('  '));
  const note = same ? 'nothing but comments or layout is different\n' : '';
  return `${name} has changed since you trusted it:\n${lines.map((line) => `${line}\n`).join('')}${note}`;
}

/** All that the file's profiles do, with what they extend. */
function describe(
  world: World,
  options: GlobalOptions,
  file: ProfileFile,
  user: ProfileFile | undefined,
): readonly string[] {
  const files = user === undefined ? [file] : [file, user];
  const own = new Set(user?.profiles.map((profile) => profile.name) ?? []);
  const path = bundlePath(world, options, file.settings.bundle ?? user?.settings.bundle);
  const whole = { ...file, profiles: file.profiles.map((profile) => withExtended(profile, file, files)) };
  return describeFile(whole, { own, names: namesIn(path) }).map(printable);
}

/** A bundle that is missing or broken does not stand in the way of looking at the file. */
function namesIn(path: string): readonly string[] | undefined {
  const bundle = soundBundle(path);
  return bundle === undefined ? undefined : clearNames(bundle);
}
