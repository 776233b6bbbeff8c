/** Command lines that were typed, with what they lacked: for hints. */
import type { GlobalOptions, LaunchOptions } from '../cli.ts';
import { shellWord } from '../quote.ts';
import { BUNDLE_FILE, configDir } from '../store/paths.ts';
import { isWord } from '../words.ts';
import type { World } from '../world.ts';

/** A word's line with the options that stood before the word. */
export function wordAgain(world: World, options: GlobalOptions, line: string): string {
  return [world.program, ...front(options), line].join(' ');
}

/** A word's line for the bundle at `path`, which is named where it is not the config directory's. */
export function bundleLine(world: World, path: string, line: string): string {
  const isUsual = path === `${configDir(world.env)}/${BUNDLE_FILE}`;
  return `${world.program}${isUsual ? '' : ` --bundle ${shellWord(path)}`} ${line}`;
}

/** A launch with one option more. The target's arguments are not repeated: they may be secrets. */
export function launchAgain(
  option: string,
  options: LaunchOptions,
  command: string,
  hasMore: boolean,
): string {
  const profile = options.profile === undefined ? [] : ['-p', shellWord(options.profile)];
  const grants = options.grants.map(({ variable, key }) => `--env ${variable}=${key}`);
  const target =
    isWord(command) || command.startsWith('-') ? ['--', shellWord(command)] : [shellWord(command)];
  return ['pqx', option, ...front(options), ...profile, ...grants, ...target, ...(hasMore ? ['…'] : [])].join(
    ' ',
  );
}

function front({ bundle, profiles }: GlobalOptions): readonly string[] {
  return [
    ...(bundle === undefined ? [] : [`--bundle ${shellWord(bundle)}`]),
    ...(profiles === undefined ? [] : [`--profiles ${shellWord(profiles)}`]),
  ];
}
