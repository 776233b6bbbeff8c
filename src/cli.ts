/**
 * The command line as a value. Options of a launch end at COMMAND: what follows is the target's, byte for byte, so the
 * front of the line is read here by hand, and the line of a word by the platform's `parseArgs` (commands/arguments.ts),
 * which a launch does not load.
 */
import { Fault } from './fault.ts';
import { suggestion } from './profile/nearest.ts';
import { shellWord } from './quote.ts';
import { isReserved, isWord, type Word } from './words.ts';

/** What may stand before a word as well as before COMMAND. */
export interface GlobalOptions {
  readonly bundle?: string;
  readonly profiles?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface LaunchOptions extends GlobalOptions {
  readonly profile?: string;
  /** `--env VAR=KEY`, in the order given. */
  readonly grants: readonly { readonly variable: string; readonly key: string }[];
  readonly reveal: boolean;
  /** Without a profile that matches, COMMAND starts without grants: for shims and shell functions. */
  readonly passthrough?: boolean;
}

export type Invocation =
  | {
      readonly kind: 'launch';
      readonly options: LaunchOptions;
      readonly command: string;
      readonly args: readonly string[];
      readonly dryRun: boolean;
    }
  | {
      readonly kind: 'word';
      readonly word: Word;
      readonly options: GlobalOptions;
      readonly args: readonly string[];
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'nothing' };

interface Front {
  bundle?: string;
  profiles?: string;
  profile?: string;
  quiet: boolean;
  verbose: boolean;
  dryRun: boolean;
  reveal: boolean;
  passthrough: boolean;
  help: boolean;
  version: boolean;
  grants: { variable: string; key: string }[];
  /** Options seen that no word takes, as typed, for the message. */
  launchOnly: string[];
}

type Flag = 'quiet' | 'verbose' | 'dryRun' | 'reveal' | 'passthrough' | 'help' | 'version';
type Valued = 'bundle' | 'profiles' | 'profile' | 'env';

/** Undefined for what is no option without a value. On the way to every launch: told without a table to be made. */
function flagOf(option: string): Flag | undefined {
  switch (option) {
    case '-q':
    case '--quiet':
      return 'quiet';
    case '-v':
    case '--verbose':
      return 'verbose';
    case '--dry-run':
      return 'dryRun';
    case '--reveal':
      return 'reveal';
    case '--passthrough':
      return 'passthrough';
    case '-h':
    case '--help':
      return 'help';
    case '-V':
    case '--version':
      return 'version';
    default:
      return undefined;
  }
}

function valuedOf(option: string): Valued | undefined {
  switch (option) {
    case '--bundle':
      return 'bundle';
    case '--profiles':
      return 'profiles';
    case '-p':
    case '--profile':
      return 'profile';
    case '--env':
      return 'env';
    default:
      return undefined;
  }
}

/** What may stand before COMMAND: for completion, and for the nearest of a mistyped one. */
export function frontOptions(): { readonly flags: readonly string[]; readonly valued: readonly string[] } {
  // `--passthrough` is for shell functions and shims to say.
  return {
    flags: ['-q', '--quiet', '-v', '--verbose', '--dry-run', '--reveal', '-h', '--help', '-V', '--version'],
    valued: ['--bundle', '--profiles', '-p', '--profile', '--env'],
  };
}

/**
 * Reads the arguments that follow the program's name. Throws a Fault `usage` for a wrong option, with `launch` set when
 * the failure is the launch's (status 125) rather than a word's (2): see `isLaunchLine`.
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const front = newFront();
  const rest = readFront(args, front);
  if (front.help) return { kind: 'help' };
  if (front.version) return { kind: 'version' };
  if (rest.separated) return launch(front, rest.words);
  const [first] = rest.words;
  if (first === undefined) {
    if (args.length === 0) return { kind: 'nothing' };
    throw new Fault('usage', 'no COMMAND after the options', {
      hint: 'pqx --help   says how one is launched',
    });
  }
  if (first === 'run') {
    const inner = readFront(rest.words.slice(1), front);
    if (front.help) return { kind: 'word', word: 'help', options: front, args: ['run'] };
    return launch(front, inner.words);
  }
  if (isWord(first)) {
    refuseLaunchOptions(front, first);
    return { kind: 'word', word: first, options: front, args: rest.words.slice(1) };
  }
  if (isReserved(first)) {
    throw new Fault('usage', `\`${first}\` is a word that pqx keeps for later`, {
      hint: `pqx -- ${first}   launches a program of that name`,
    });
  }
  return launch(front, rest.words);
}

/** The launch of a tool through its shim: every argument is the tool's. */
export function shimLine(command: string, args: readonly string[]): Invocation {
  return { kind: 'launch', options: { ...newFront(), passthrough: true }, command, args, dryRun: false };
}

/** Whether a failure of this line is a launch's: its statuses are 125, 126 and 127 and not 1 and 2. */
export function isLaunchLine(args: readonly string[]): boolean {
  let at = 0;
  while (at < args.length) {
    const argument = args[at] ?? '';
    if (argument === '--' || !argument.startsWith('-') || argument === '-') break;
    at += valuedOf(argument) === undefined ? 1 : 2;
  }
  const word = args[at];
  return args.length > 0 && (word === undefined || !(isWord(word) || isReserved(word)));
}

function newFront(): Front {
  return {
    quiet: false,
    verbose: false,
    dryRun: false,
    reveal: false,
    passthrough: false,
    help: false,
    version: false,
    grants: [],
    launchOnly: [],
  };
}

/** Reads options up to COMMAND or `--`. */
function readFront(
  args: readonly string[],
  front: Front,
): { readonly words: readonly string[]; readonly separated: boolean } {
  let at = 0;
  for (; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--') return { words: args.slice(at + 1), separated: true };
    if (argument === '-' || !argument.startsWith('-')) break;
    at += readOption(argument, args[at + 1], front);
  }
  return { words: args.slice(at), separated: false };
}

/** Reads one option; returns how many following arguments it took (0 or 1). */
function readOption(argument: string, next: string | undefined, front: Front): 0 | 1 {
  const flag = flagOf(argument);
  if (flag !== undefined) {
    front[flag] = true;
    if (flag === 'dryRun' || flag === 'reveal' || flag === 'passthrough') front.launchOnly.push(argument);
    return 0;
  }
  const attached = splitAttached(argument);
  const valued = valuedOf(attached.option);
  if (valued === undefined) throw unknownOption(argument);
  const value = attached.value ?? next;
  if (value === undefined)
    throw new Fault('usage', `${attached.option} needs a value`, { hint: 'pqx --help' });
  if (valued === 'env') {
    front.grants.push(readGrant(value));
    front.launchOnly.push('--env');
  } else {
    if (value === '')
      throw new Fault('usage', `${attached.option} needs a value that is not empty`, { hint: 'pqx --help' });
    front[valued] = value;
    if (valued === 'profile') front.launchOnly.push('-p');
  }
  return attached.value === undefined ? 1 : 0;
}

/** `--name=value` and `-pNAME`, apart. */
function splitAttached(argument: string): { readonly option: string; readonly value: string | undefined } {
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=');
    return equals < 0
      ? { option: argument, value: undefined }
      : { option: argument.slice(0, equals), value: argument.slice(equals + 1) };
  }
  return argument.length === 2
    ? { option: argument, value: undefined }
    : { option: argument.slice(0, 2), value: argument.slice(2) };
}

/** The value of `--env` is not repeated in the message: what stands behind `=` may be a secret typed by mistake. */
function readGrant(value: string): { readonly variable: string; readonly key: string } {
  const equals = value.indexOf('=');
  const variable = value.slice(0, Math.max(equals, 0));
  const key = value.slice(equals + 1);
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/;
  if (!name.test(variable) || !name.test(key) || key.length > 256) {
    throw new Fault('usage', '--env takes VAR=KEY: a variable and the name of a bundle key, not a value', {
      hint: 'pqx list   shows the names of the keys',
    });
  }
  return { variable, key };
}

function unknownOption(argument: string): Fault {
  const [name = ''] = argument.split('=');
  const { flags, valued } = frontOptions();
  const near = name.startsWith('--') ? suggestion(name, [...flags, ...valued]) : undefined;
  return new Fault('usage', `unknown option ${name}`, {
    hint: near ?? "options of pqx stand before COMMAND, the target's own behind it; pqx --help lists them",
  });
}

function refuseLaunchOptions(front: Front, word: Word): void {
  const [option] = front.launchOnly;
  if (option === undefined) return;
  const profile = front.profile === undefined ? [] : [`-p ${shellWord(front.profile)}`];
  const grants = front.grants.map(({ variable, key }) => `--env ${variable}=${key}`);
  const line = ['pqx run', ...profile, ...grants, '--', word].join(' ');
  throw new Fault('usage', `${option} is for launches, and \`${word}\` is a word of pqx`, {
    hint: `${line}   launches a program of that name`,
  });
}

function launch(front: Front, words: readonly string[]): Invocation {
  const [command, ...args] = words;
  if (command === undefined || command === '') {
    throw new Fault('usage', 'no COMMAND to launch', { hint: 'pqx --help   says how one is launched' });
  }
  return { kind: 'launch', options: front, command, args, dryRun: front.dryRun };
}
