/**
 * Which options take a value is data, and this is where it is held against the clients that are installed: their own help
 * names the options, and an option without its value makes them say that it needs one.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { ContainerClient } from '../../src/launch/container-client.ts';
import { type Level, optionsOf, type ValueOptions } from '../../src/launch/container-options.ts';

interface Option {
  readonly long: string | undefined;
  readonly letter: string | undefined;
  readonly takesValue: boolean;
}

function output(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return `${result.stdout ?? ''}\n${result.stderr ?? ''}`;
}

const installed = (command: string, args: readonly string[]) => spawnSync(command, args).status === 0;

/** `  -e, --env list   Set …`: what pflag prints. A type behind one space is a value. */
function pflagOptions(help: string): readonly Option[] {
  return [...help.matchAll(/^ +(?:-(\w), )?--([a-z0-9-]+)(?: (\S+)| {2,}|$)/gm)].map(
    ([, letter, long, type]) => ({ long, letter, takesValue: type !== undefined }),
  );
}

/** `  -f, --file FILE   …`, `--user=""`, `-T`: what docker-compose 1 prints. */
function docoptOptions(help: string): readonly Option[] {
  return [
    ...help.matchAll(/^ +(?:-(\w))?(?:, )?(?:--([a-z0-9-]+))?([= ][A-Za-z("[]\S*)?(?: .*)?$/gm),
  ].flatMap(([, letter, long, value]) =>
    letter === undefined && long === undefined ? [] : [{ long, letter, takesValue: value !== undefined }],
  );
}

function knows(options: ValueOptions, { long, letter }: Option): boolean {
  if (long !== undefined && options.long.has(long)) return true;
  return long === undefined && letter !== undefined && options.short.includes(letter);
}

/** Options that the data takes for the other kind. */
function disagreements(options: ValueOptions, listed: readonly Option[]): readonly string[] {
  return listed.flatMap((option) => {
    const name = `${option.takesValue ? 'takes a value' : 'takes none'}: ${option.long ?? option.letter}`;
    const letterDiffers =
      option.letter !== undefined && options.short.includes(option.letter) !== option.takesValue;
    return knows(options, option) !== option.takesValue || letterDiffers ? [name] : [];
  });
}

const pair = (options: Level, name: 'run' | 'create' | 'exec'): ValueOptions => {
  const found = options.subcommands.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe.each([
  ['docker', 'docker.io'],
  ['podman', 'podman'],
] as const)('%s', (client: ContainerClient, debian) => {
  test.skipIf(!installed(client, ['--version']))(
    `its help lists no option that the data takes for the other kind (needs ${debian})`,
    () => {
      const options = optionsOf(client);
      const global = pflagOptions(output(client, ['--help']));
      expect(global.length).toBeGreaterThan(8);
      expect(disagreements(options.global, global)).toEqual([]);
      for (const subcommand of ['run', 'create', 'exec'] as const) {
        const listed = pflagOptions(output(client, [subcommand, '--help']));
        expect(listed.length).toBeGreaterThan(8);
        expect(disagreements(pair(options, subcommand), listed)).toEqual([]);
      }
    },
  );

  test.skipIf(!installed(client, ['--version']))(
    `what the data says takes a value does, or is not known to this version (needs ${debian})`,
    () => {
      const options = optionsOf(client);
      const asked = [
        ...[...options.global.long].map((name) => [`--${name}`]),
        ...[...pair(options, 'run').long].map((name) => ['run', `--${name}`]),
        ...[...pair(options, 'exec').long].map((name) => ['exec', `--${name}`]),
        ...[...options.global.short].map((letter) => [`-${letter}`]),
        ...[...pair(options, 'run').short].map((letter) => ['run', `-${letter}`]),
      ];
      const answers = asked.map((args) => ({ args, said: output(client, args) }));
      const wrong = answers.filter(
        ({ said }) => !/flag needs an argument|unknown (?:shorthand )?flag/.test(said),
      );
      expect(wrong.map(({ args }) => args.join(' '))).toEqual([]);
      expect(answers.filter(({ said }) => said.includes('needs an argument')).length).toBeGreaterThan(80);
    },
  );
});

test.skipIf(!installed('docker-compose', ['--version']))(
  'docker-compose: its help lists no option that the data takes for the other kind (needs docker-compose)',
  () => {
    const options = optionsOf('docker-compose');
    const [head = ''] = output('docker-compose', ['--help']).split('\nCommands:');
    const global = docoptOptions(head.slice(head.indexOf('Options:')));
    expect(global.length).toBeGreaterThan(10);
    expect(disagreements(options.global, global)).toEqual([]);
    for (const subcommand of ['run', 'exec'] as const) {
      const help = output('docker-compose', ['help', subcommand]);
      const listed = docoptOptions(help.slice(help.indexOf('Options:')));
      expect(listed.length).toBeGreaterThan(6);
      expect(disagreements(pair(options, subcommand), listed)).toEqual([]);
    }
  },
);

test.skipIf(!installed('podman-compose', ['version']))(
  'podman-compose: its global options with a value are those of the data (needs podman-compose)',
  () => {
    const usage = output('podman-compose', ['--help']).split('\noptions:')[0] ?? '';
    const listed = [...usage.matchAll(/\[(-\w|--[a-z-]+)( [\w-]+)?\]/g)].map(([, name = '', value]) => ({
      long: name.startsWith('--') ? name.slice(2) : undefined,
      letter: name.startsWith('--') ? undefined : name.slice(1),
      takesValue: value !== undefined,
    }));
    expect(listed.length).toBeGreaterThan(10);
    expect(disagreements(optionsOf('podman-compose').global, listed)).toEqual([]);
  },
);
