/** What a profile file may hold, as data: the validator walks it, and it says the nearest valid field for a mistyped one. */
import { argumentProblem } from './arguments.ts';
import {
  argumentPlacesProblem,
  fileFieldsProblem,
  fileNameProblem,
  fileSources,
  fixedPathProblem,
  placesProblem,
} from './files.ts';
import { globProblem } from './glob.ts';

/** What is wrong with a text, and the edit that mends it. */
export interface Problem {
  readonly message: string;
  readonly hint: string;
}

export type Schema =
  | {
      readonly kind: 'text';
      readonly check?: (text: string) => Problem | undefined;
      readonly what: string;
      /** What `check` asks, as far as a pattern can say it: for editors (profile/json-schema.ts). */
      readonly pattern?: RegExp;
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Schema }
  /** A single one stands for a list of one. */
  | { readonly kind: 'one-or-list'; readonly of: Schema }
  | { readonly kind: 'choice-or-list'; readonly values: readonly string[]; readonly of: Schema }
  | {
      readonly kind: 'map';
      readonly key: (text: string) => Problem | undefined;
      readonly of: Schema;
      /** Of its keys, as `pattern` of a text. */
      readonly pattern?: RegExp;
    }
  | {
      readonly kind: 'object';
      readonly fields: Readonly<Record<string, Schema>>;
      readonly required: readonly string[];
      /** Fields of which there is exactly one; `together` says it in words. */
      readonly exactlyOne?: readonly string[];
      /** What is wrong with the fields together, and at which of them. */
      readonly together?: (
        fields: ReadonlySet<string>,
      ) => { readonly field: string | undefined; readonly problem: Problem } | undefined;
    }
  | { readonly kind: 'variable' }
  /** Permission bits in octal, as chmod(1) takes them: 0600, "600" and 0o600 are the same. */
  | { readonly kind: 'mode' }
  /** Any value, or with `single` any that is no list and no map; `check` looks at its texts. */
  | {
      readonly kind: 'value';
      readonly single?: true;
      readonly check: (text: string) => Problem | undefined;
    };

const VARIABLE = /^[^=,\0]+$/;
export const KEY = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const PROFILE = /^[A-Za-z0-9_.@+-]{1,128}$/;
const PINNED_PATH = /^(?:\/|~\/)[^\0]*$/;
const SHA3_256 = /^[0-9a-f]{64}$/;
const ONE_LINE = /^[^\r\n]*$/;
const PATH = /^[^\0]+$/;

export function variableProblem(name: string): Problem | undefined {
  if (!VARIABLE.test(name))
    return {
      message: 'the name of a variable is not empty and holds neither = nor a comma',
      hint: 'VARIABLE: KEY',
    };
  return name.startsWith('PQX_')
    ? { message: "variables that start with PQX_ are pqx's own", hint: 'take another name' }
    : undefined;
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

const argument: Schema = { kind: 'text', what: 'an argument', check: argumentPlacesProblem };
const names: Schema = { kind: 'text', what: 'a glob', check: listGlobProblem };

const stdin: Schema = {
  kind: 'object',
  required: ['key'],
  fields: { key: { kind: 'text', what: 'the name of a key', check: keyProblem, pattern: KEY } },
};

const pin: Schema = {
  kind: 'object',
  required: ['path', 'sha3_256'],
  fields: {
    path: { kind: 'text', what: 'a path', check: pinnedPathProblem, pattern: PINNED_PATH },
    sha3_256: { kind: 'text', what: 'a hash in hex', check: hashProblem, pattern: SHA3_256 },
  },
};

const file: Schema = {
  kind: 'object',
  required: [],
  exactlyOne: fileSources(),
  together: fileFieldsProblem,
  fields: {
    template: { kind: 'text', what: 'a text', check: placesProblem },
    json: { kind: 'value', check: placesProblem },
    yaml: { kind: 'value', check: placesProblem },
    dotenv: {
      kind: 'map',
      key: keyProblem,
      pattern: KEY,
      of: { kind: 'value', single: true, check: placesProblem },
    },
    content: {
      kind: 'object',
      required: ['key'],
      fields: { key: { kind: 'text', what: 'the name of a key', check: keyProblem, pattern: KEY } },
    },
    env: { kind: 'text', what: 'the name of a variable', check: variableProblem, pattern: VARIABLE },
    env_dir: { kind: 'text', what: 'the name of a variable', check: variableProblem, pattern: VARIABLE },
    at: { kind: 'text', what: 'a path', check: fixedPathProblem },
    save: { kind: 'flag' },
    mode: { kind: 'mode' },
  },
};

const profile: Schema = {
  kind: 'object',
  required: [],
  fields: {
    description: { kind: 'text', what: 'one line of text', check: oneLine, pattern: ONE_LINE },
    command: { kind: 'one-or-list', of: { kind: 'text', what: 'a glob', check: listGlobProblem } },
    args: { kind: 'list', of: { kind: 'text', what: 'an argument pattern', check: listArgumentProblem } },
    extends: {
      kind: 'one-or-list',
      of: { kind: 'text', what: 'the name of a profile', check: profileProblem, pattern: PROFILE },
    },
    env: { kind: 'map', key: variableProblem, pattern: VARIABLE, of: { kind: 'variable' } },
    keys: { kind: 'list', of: names },
    files: { kind: 'map', key: fileNameProblem, of: file },
    inherit: { kind: 'choice-or-list', values: ['safe', 'minimal', 'all'], of: names },
    container: { kind: 'choice', values: ['env', 'files', 'off'] },
    prepend: { kind: 'list', of: argument },
    append: { kind: 'list', of: argument },
    stdin,
    mask: { kind: 'flag' },
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
        bundle: { kind: 'text', what: 'a path', check: pathProblem, pattern: PATH },
        audit: { kind: 'choice', values: ['on', 'off', 'required'] },
        rollback: { kind: 'choice', values: ['notice', 'refuse'] },
      },
    },
    profiles: { kind: 'map', key: profileProblem, pattern: PROFILE, of: profile },
  },
};

function oneLine(text: string): Problem | undefined {
  return ONE_LINE.test(text)
    ? undefined
    : { message: 'a description has one line', hint: 'put the rest into a # comment' };
}

function pinnedPathProblem(text: string): Problem | undefined {
  return PINNED_PATH.test(text)
    ? undefined
    : { message: 'the path of a pin is absolute or starts with ~/', hint: 'command -v TOOL   shows it' };
}

function hashProblem(text: string): Problem | undefined {
  return SHA3_256.test(text)
    ? undefined
    : {
        message: 'this is no SHA3-256 hash: 64 lower-case hex digits',
        hint: 'openssl dgst -sha3-256 "$(command -v TOOL)"   shows it',
      };
}

function pathProblem(text: string): Problem | undefined {
  return PATH.test(text) ? undefined : { message: 'this is no path', hint: 'bundle: ./secrets.bundle.json' };
}
