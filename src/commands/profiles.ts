import { isAbsolute, join } from 'node:path';
import type { GlobalOptions } from '../cli.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { addProfile } from '../profile/append.ts';
import { PROJECT_FILES } from '../profile/discover.ts';
import { knownTools, profileLines } from '../profile/examples.ts';
import { parseProfiles } from '../profile/parse.ts';
import { PROFILE_FILE_LIMIT, type Profile } from '../profile/types.ts';
import { withLock } from '../store/lock.ts';
import { configDir } from '../store/paths.ts';
import { readStoreFile } from '../store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { subwordOf } from './choice.ts';
import { nearbyFile } from './nearby.ts';
import { untrustedNotice } from './notices.ts';
import { profilesPath, readSources } from './profile-files.ts';

const SUBWORDS = ['list', 'check', 'add', 'schema'] as const;

/** `profiles`: lists, checks, and adds to the profile file. */
export async function profiles(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { subword, rest } = subwordOf('profiles', args, SUBWORDS, 'list');
  switch (subword) {
    case 'list':
      return list(world, options, rest);
    case 'check':
      return check(world, options, rest);
    case 'add':
      return add(world, options, rest);
    case 'schema':
      return schema(world, rest);
  }
}

async function list(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('profiles', args, { json: { type: 'boolean' } });
  const { files, project } = await readSources(world, options);
  const found = files.flatMap((file) => file.profiles);
  world.stderr.write(untrustedNotice(project));
  if (values.json === true) {
    const rows = files.flatMap((file) =>
      file.profiles.map(({ name, command, args: patterns, description }) => ({
        name,
        command,
        args: patterns ?? null,
        description: description ?? null,
        file: file.path,
      })),
    );
    world.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(0, ...found.map(({ name }) => name.length));
  world.stdout.write(
    found
      .map((profile) => `${printable(`${profile.name.padEnd(width)}  ${commandText(profile)}`)}\n`)
      .join(''),
  );
  return 0;
}

function commandText({ command, args, description }: Profile): string {
  const what = command.length === 0 ? 'by -p alone' : command.join(', ');
  const patterns = args === undefined ? '' : ` (${args.length === 0 ? 'no arguments' : args.join('; ')})`;
  return `${what}${patterns}${description === undefined ? '' : `  ${description}`}`;
}

async function schema(world: World, args: readonly string[]): Promise<number> {
  readArguments('profiles', args, {});
  const { profilesSchema } = await import('../profile/json-schema.ts');
  world.stdout.write(`${JSON.stringify(profilesSchema(), null, 2)}\n`);
  return 0;
}

async function check(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments('profiles', args, {}, { least: 0, most: 1, what: 'a FILE' });
  const [named] = positionals;
  const path =
    named === undefined
      ? profilesPath(world, options).path
      : isAbsolute(named)
        ? named
        : join(world.cwd, named);
  const isProject = PROJECT_FILES.includes(path.slice(path.lastIndexOf('/') + 1));
  const file = await parseProfiles(requireFile(path), path, isProject ? 'project' : 'named');
  world.stdout.write(`${printable(path)}: ${counted(file.profiles.length, 'profile')}, nothing wrong\n`);
  return 0;
}

function requireFile(path: string): Uint8Array {
  try {
    return readStoreFile(path, 'plain', PROFILE_FILE_LIMIT);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('profile', `there is no profile file at ${path}`, {
      hint: nearbyFile(path) ?? 'pqx profiles add claude   makes one in the config directory',
    });
  }
}

async function add(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(
    'profiles',
    args,
    { env: { type: 'string', multiple: true } },
    { least: 1, most: 1, what: 'a TOOL' },
  );
  const [tool = ''] = positionals;
  if (!/^[A-Za-z0-9_.+-]{1,128}$/.test(tool) || /^[.-]/.test(tool)) {
    throw new Fault('usage', `${printable(tool)} is no name of a program`, {
      hint: `known tools: ${knownTools().join(', ')}`,
    });
  }
  const { path, kind } = profilesPath(world, options);
  const lines = profileLines(tool, (values.env ?? []).map(grantOf));
  if (kind === 'user') ensureStoreDirectory(configDir(world.env));
  await withLock(path.slice(0, path.lastIndexOf('/')), async () => {
    const text = await addProfile(currentText(path), path, tool, lines);
    writeStoreFile(path, new TextEncoder().encode(text), { mode: 0o600 });
  });
  world.stderr.write(`${path}: added\n`);
  world.stdout.write(`  ${tool}:\n${lines.map((line) => `    ${line}\n`).join('')}`);
  return 0;
}

function grantOf(text: string): { readonly variable: string; readonly key: string } {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=([A-Za-z_][A-Za-z0-9_]{0,255})$/.exec(text);
  const [, variable, key] = match ?? [];
  if (variable === undefined || key === undefined) {
    throw new Fault('usage', '--env takes VAR=KEY: a variable and the name of a bundle key, not a value', {
      hint: 'pqx list   shows the names of the keys',
    });
  }
  return { variable, key };
}

function currentText(path: string): string {
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      readStoreFile(path, 'plain', PROFILE_FILE_LIMIT),
    );
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
