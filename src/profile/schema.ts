/** What a profile file may hold, as data: the validator walks it, and it says the nearest valid field for a mistyped one. */
import { argumentProblem } from './arguments.ts';
import { globProblem } from './glob.ts';

/** What is wrong with a text, and the edit that mends it. */
export interface Problem {
  readonly message: string;
  readonly hint: string;
}

export type Schema =
  | { readonly kind: 'text'; readonly check?: (text: string) => Problem | undefined; readonly what: string }
  | { readonly kind: 'flag' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Schema }
  /** A single one stands for a list of one. */
  | { readonly kind: 'one-or-list'; readonly of: Schema }
  | { readonly kind: 'choice-or-list'; readonly values: readonly string[]; readonly of: Schema }
  | { readonly kind: 'map'; readonly key: (text: string) => Problem | undefined; readonly of: Schema }
  | {
      readonly kind: 'object';
      readonly fields: Readonly<Record<string, Schema>>;
      readonly required: readonly string[];
    }
  | { readonly kind: 'variable' };

/** Fields of the design that this version does not have: refused by name, so that nobody relies on them in silence. */
export const LATER_FIELDS: readonly string[] = ['files', 'mask'];

const VARIABLE = /^[^=\0]+$/;
const KEY = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const PROFILE = /^[A-Za-z0-9_.@+-]{1,128}$/;

export function variableProblem(name: string): Problem | undefined {
  return VARIABLE.test(name)
    ? undefined
    : { message: 'the name of a variable is not empty and holds no =', hint: 'VARIABLE: KEY' };
}

export function keyProblem(name: string): Problem | undefined {
  if (KEY.test(name)) return undefined;
  return {
    message: 'this is no name of a bundle key',
    hint: 'letters, digits and _, not starting with a digit; pqx list   shows the names',
  };
}

function profileProblem(name: string): Problem | undefined {
  if (PROFILE.test(name)) return undefined;
  return { message: 'this is no name for a profile', hint: 'letters, digits, and any of _ . @ + -' };
}

/** Of one entry of a list, where a leading `!` removes. */
function listGlobProblem(pattern: string): Problem | undefined {
  return globProblem(pattern.startsWith('!') ? pattern.slice(1) : pattern, 'name');
}

function listArgumentProblem(pattern: string): Problem | undefined {
  return argumentProblem(pattern.startsWith('!') ? pattern.slice(1) : pattern);
}

function argumentTextProblem(text: string): Problem | undefined {
  return text.includes('\0') ? { message: 'an argument holds no NUL', hint: 'remove the \\0' } : undefined;
}

const argument: Schema = { kind: 'text', what: 'an argument', check: argumentTextProblem };
const names: Schema = { kind: 'text', what: 'a glob', check: listGlobProblem };

const stdin: Schema = {
  kind: 'object',
  required: ['key'],
  fields: { key: { kind: 'text', what: 'the name of a key', check: keyProblem } },
};

const pin: Schema = {
  kind: 'object',
  required: ['path', 'sha3_256'],
  fields: {
    path: { kind: 'text', what: 'a path', check: pinnedPathProblem },
    sha3_256: { kind: 'text', what: 'a hash in hex', check: hashProblem },
  },
};

const profile: Schema = {
  kind: 'object',
  required: [],
  fields: {
    description: { kind: 'text', what: 'one line of text', check: oneLine },
    command: { kind: 'one-or-list', of: { kind: 'text', what: 'a glob', check: listGlobProblem } },
    args: { kind: 'list', of: { kind: 'text', what: 'an argument pattern', check: listArgumentProblem } },
    extends: {
      kind: 'one-or-list',
      of: { kind: 'text', what: 'the name of a profile', check: profileProblem },
    },
    env: { kind: 'map', key: variableProblem, of: { kind: 'variable' } },
    keys: { kind: 'list', of: names },
    inherit: { kind: 'choice-or-list', values: ['safe', 'minimal', 'all'], of: names },
    container: { kind: 'choice', values: ['env', 'off'] },
    prepend: { kind: 'list', of: argument },
    append: { kind: 'list', of: argument },
    stdin,
    pin,
  },
};

export const PROFILE_FILE: Schema = {
  kind: 'object',
  required: ['version'],
  fields: {
    version: { kind: 'constant', value: 1 },
    settings: {
      kind: 'object',
      required: [],
      fields: {
        quiet: { kind: 'flag' },
        bundle: { kind: 'text', what: 'a path', check: pathProblem },
        audit: { kind: 'choice', values: ['on', 'off', 'required'] },
        rollback: { kind: 'choice', values: ['notice', 'refuse'] },
      },
    },
    profiles: { kind: 'map', key: profileProblem, of: profile },
  },
};

function oneLine(text: string): Problem | undefined {
  return /[\r\n]/.test(text)
    ? { message: 'a description has one line', hint: 'put the rest into a # comment' }
    : undefined;
}

function pinnedPathProblem(text: string): Problem | undefined {
  return /^(?:\/|~\/)[^\0]*$/s.test(text)
    ? undefined
    : { message: 'the path of a pin is absolute or starts with ~/', hint: 'command -v TOOL   shows it' };
}

function hashProblem(text: string): Problem | undefined {
  return /^[0-9a-f]{64}$/.test(text)
    ? undefined
    : {
        message: 'this is no SHA3-256 hash: 64 lower-case hex digits',
        hint: 'openssl dgst -sha3-256 "$(command -v TOOL)"   shows it',
      };
}

function pathProblem(text: string): Problem | undefined {
  return text === '' || text.includes('\0')
    ? { message: 'this is no path', hint: 'bundle: ./secrets.bundle.json' }
    : undefined;
}
