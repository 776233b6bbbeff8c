/** What pqx was started with and hands on: values that both builds make and take in the same form. */

/** What is known of a file without opening it. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other';
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In bytes. */
  readonly size: number;
  /** Equal for the same file under two names, different for two files. */
  readonly identity: string;
}

/** A resource limit in the system's own numbers: none is `RLIM_INFINITY`, all bits set on Linux (getrlimit(2)). */
export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** The same as struct rlimit has it: two words of 32 bits for each, the low one first. */
export type LimitWords = readonly [number, number, number, number];

/** What was changed in this process for the sake of the secrets, and is given back to the target. */
export interface HeldBack {
  /** The caller's limit for core dumps, in bytes; undefined where the runtime cannot change it. */
  readonly core: LimitWords | undefined;
}

/** All that the start of a program needs. Texts are byte texts (platform/bytes). */
export interface Execution {
  /** What execve(2) is given: as execvp(3) would find it, absolute or not. */
  readonly path: string;
  /** With argv[0]. */
  readonly argv: readonly string[];
  /** `NAME=value`, without the NUL. */
  readonly environ: readonly Uint8Array[];
  /** The inherited descriptors above 2 that the target gets. */
  readonly descriptors: readonly number[];
  readonly heldBack: HeldBack;
  /** Called where pqx has waited for the target, before it ends as the target did: `status 3`, `signal 15`. */
  readonly ended?: (how: string) => void;
  /** An open descriptor of the very file that is to be started, instead of what `path` names by then. */
  readonly program?: number;
  /** The target's whole standard input, instead of the caller's. */
  readonly stdin?: Uint8Array;
}

/** A process that was started beside this one. */
export interface Started {
  readonly pid: number;
  /**
   * Waits until it has ended, and leaves no trace of it: this process is about to become another program. Gives its
   * status, not 0 when a signal ended it.
   */
  ended(): Promise<number>;
}

/** An error as the platform's own: `errnoOf` of fault.ts reads its code. */
export function systemError(call: string, code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: ${call}${path === undefined ? '' : ` ${path}`}`), { code });
}

/** What a program is asked that answers at once. Texts are byte texts. */
export interface Question {
  /** Undefined: this program itself. */
  readonly program?: string;
  readonly args: readonly string[];
  /** `NAME=value`: all of its environment. */
  readonly environ: readonly string[];
  /** What it gets on its standard input. */
  readonly input: Uint8Array;
  /** When it is killed, by the clock of `performance.now()`. */
  readonly until: number;
  /** The most that it may say, in bytes. */
  readonly limit: number;
}

export type Answer =
  /** `status` is 128 + n after signal n; `output` and `complaints` are its standard output and error. */
  | {
      readonly kind: 'ended';
      readonly status: number;
      readonly output: Uint8Array;
      readonly complaints: Uint8Array;
    }
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-started'; readonly code: string };
