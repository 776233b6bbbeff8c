/** Options of a word, read by the platform's own parser; a launch never comes here. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Fault } from '../fault.ts';
import { suggestion } from '../profile/nearest.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads the arguments of `word`. Throws a Fault `usage` for an unknown option, a missing value, or more or fewer
 * positional arguments than `positionals` allows.
 */
export function readArguments<const O extends Options>(
  word: string,
  args: readonly string[],
  options: O,
  positionals: { readonly least: number; readonly most: number; readonly what: string } = {
    least: 0,
    most: 0,
    what: '',
  },
) {
  const hint = `pqx help ${word}`;
  const parsed = parse(word, args, { ...options, help: { type: 'boolean', short: 'h' } } as const, hint);
  if (parsed.positionals.length < positionals.least) {
    throw new Fault('usage', `\`${word}\` needs ${positionals.what}`, { hint });
  }
  if (parsed.positionals.length > positionals.most) {
    const what = positionals.most === 0 ? 'no arguments' : positionals.what;
    throw new Fault('usage', `\`${word}\` takes ${what} and nothing more`, { hint });
  }
  return parsed;
}

/** A check of something that was typed: what it finds wrong is wrong usage. */
export function checkArgument(check: (text: string) => void, text: string): void {
  try {
    check(text);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Fault(
      'usage',
      cause.message,
      cause.hint === undefined ? { cause } : { hint: cause.hint, cause },
    );
  }
}

/** The parser's own messages quote what was typed, which may be a secret: only names of options are repeated. */
function parse<const O extends Options>(word: string, args: readonly string[], options: O, hint: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const culprit = args.find((argument) => argument.startsWith('-') && !knows(options, argument));
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && culprit !== undefined) {
      const name = culprit.split('=', 1)[0] ?? '';
      const near = suggestion(
        name,
        Object.keys(options).map((option) => `--${option}`),
      );
      throw new Fault('usage', `\`${word}\` has no option ${name}`, { hint: near ?? hint, cause });
    }
    throw new Fault('usage', `an option of \`${word}\` has no value, or one that it does not take`, {
      hint,
      cause,
    });
  }
}

function knows(options: Options, argument: string): boolean {
  const [name = ''] = argument.split('=');
  if (name.startsWith('--')) return Object.hasOwn(options, name.slice(2));
  return Object.values(options).some((option) => option.short === name.slice(1, 2));
}
