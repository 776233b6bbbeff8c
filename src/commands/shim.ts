/** `shim add|remove|list`: tools that launch through pqx without pqx being typed, from scripts and editors too. */
import { renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, Fault, printable } from '../fault.ts';
import { findCommand } from '../launch/resolve.ts';
import { ownNameOf } from '../own-name.ts';
import { suggestion } from '../profile/nearest.ts';
import { shellWord } from '../quote.ts';
import { withLock } from '../store/lock.ts';
import { ensureStoreDirectory } from '../store/write.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';
import { subwordOf } from './choice.ts';
import { lastingPath, placeInPath, type ShimLink, shimDirectory, shimLinks } from './shim-directory.ts';

const SUBWORDS = ['add', 'remove', 'list'] as const;

export async function shim(world: World, args: readonly string[]): Promise<number> {
  const { subword, rest } = subwordOf('shim', args, SUBWORDS);
  switch (subword) {
    case 'add':
      return add(world, toolsOf(rest));
    case 'remove':
      return remove(world, toolsOf(rest));
    case 'list':
      return list(world, rest);
  }
}

/** A name that a shell, a script and this directory take as one plain word. */
function toolsOf(args: readonly string[]): readonly string[] {
  const { positionals } = readArguments(
    'shim',
    args,
    {},
    { least: 1, most: 1000, what: 'the name of a TOOL' },
  );
  for (const tool of positionals) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,127}$/.test(tool) || ownNameOf(tool) !== undefined) {
      throw new Fault('usage', `${printable(tool)} is no name of a tool that can have a shim`, {
        hint: 'pqx shim add claude   takes the name that is typed, without a path',
      });
    }
  }
  return positionals;
}

async function add(world: World, tools: readonly string[]): Promise<number> {
  const directory = shimDirectory(world);
  const target = lastingPath(world);
  ensureStoreDirectory(directory);
  await withLock(directory, async () => {
    for (const tool of tools) link(directory, tool, target);
  });
  for (const tool of tools) {
    world.stderr.write(`${join(directory, tool)}: added\n`);
    const { obstacle, path } = findCommand(tool, world.env('PATH'), world.cwd, world.env('HOME'));
    if (path === undefined && obstacle !== undefined)
      world.stderr.write(`  note: PATH has no ${printable(tool)} behind it yet\n`);
  }
  if (placeInPath(world, directory) !== 0)
    world.stderr.write(
      `  put the directory first in PATH, in the start-up file of your shell or session:\n  export PATH=${shellWord(directory)}:"$PATH"\n`,
    );
  return 0;
}

/** Made aside and renamed, so that the tool's name never leads nowhere. */
function link(directory: string, tool: string, target: string): void {
  const path = join(directory, tool);
  const there = shimLinks(directory).find((shimLink) => shimLink.tool === tool);
  if (there?.state === 'foreign') {
    throw new Fault('store', `${path} is there already, and is no shim`, {
      hint: `ls -l ${shellWord(path)}`,
    });
  }
  const fresh = join(directory, `.${tool}.${process.pid}`);
  try {
    symlinkSync(target, fresh);
    renameSync(fresh, path);
  } catch (error) {
    throw new Fault('store', `${path} cannot be made (${errnoOf(error) ?? 'unknown error'})`, {
      hint: `ls -ld ${shellWord(directory)}`,
      cause: error,
    });
  }
}

async function remove(world: World, tools: readonly string[]): Promise<number> {
  const directory = shimDirectory(world);
  const links = shimLinks(directory);
  const missing = tools.find(
    (tool) => !links.some((there) => there.tool === tool && there.state !== 'foreign'),
  );
  if (missing !== undefined) {
    const names = links.map(({ tool }) => tool);
    throw new Fault('input', `there is no shim ${printable(missing)}`, {
      hint: suggestion(missing, names) ?? 'pqx shim list',
    });
  }
  await withLock(directory, async () => {
    for (const tool of tools) unlinkSync(join(directory, tool));
  });
  for (const tool of tools) world.stderr.write(`${join(directory, tool)}: removed\n`);
  removeWhenEmpty(directory);
  return 0;
}

function removeWhenEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error;
  }
}

function list(world: World, args: readonly string[]): number {
  const { values } = readArguments('shim', args, { json: { type: 'boolean' } });
  const links = shimLinks(shimDirectory(world)).filter(({ state }) => state !== 'foreign');
  world.stdout.write(
    values.json === true
      ? `${JSON.stringify(
          links.map(({ tool, path, target, state }) => ({ tool, path, target, state })),
          null,
          2,
        )}\n`
      : links.map((shimLink) => `${printable(lineOf(shimLink))}\n`).join(''),
  );
  return 0;
}

function lineOf({ tool, target, state }: ShimLink): string {
  return state === 'ok'
    ? tool
    : `${tool}  leads to ${target}, which is gone: pqx shim add ${tool}   mends it`;
}
