/**
 * What pqx is told about the world it was started in, as one value. Only `main.ts` builds it from the process;
 * everything else is handed it, so that what a command does follows from its arguments.
 *
 * Arguments and environment are *byte texts*: decoded as UTF-8, and a byte that is not valid UTF-8 stands as the lone
 * surrogate U+DC00 + byte (the convention of PEP 383), so that every argument and variable reaches the target byte for
 * byte. `platform/bytes.ts` converts.
 */

export interface Sink {
  readonly isTerminal: boolean;
  /** Whether it is a regular file (secrets are not written there unasked). */
  readonly isRegularFile: boolean;
  /** Writes all of it, at once; a closed pipe ends pqx quietly. */
  write(text: string | Uint8Array): void;
}

export interface Source {
  readonly isTerminal: boolean;
  /** The next line without its end; undefined at the end of the input. For answers typed on a terminal. */
  readLine(): string | undefined;
  /** All of it, at most `limit` bytes (more is a Fault `input`). */
  readAll(limit: number): Uint8Array;
}

/** A link in a directory of shims, which is named after a tool and leads to pqx. */
export interface Shim {
  readonly tool: string;
  /** The directory of shims, absolute, links followed. */
  readonly directory: string;
  /** argv[0] as the caller gave it. */
  readonly argv0: string;
}

export interface World {
  /** The name it was called by: `pqx`, or `pqc-secrets` for the older tool's words. */
  readonly program: 'pqx' | 'pqc-secrets';
  /** The command that starts this pqx again: the executable, and for the Node build its script. */
  readonly self: readonly string[];
  /** Set when it was started as a tool, through a shim. */
  readonly shim?: Shim;
  /** The arguments after the program's name, as byte texts. */
  readonly args: readonly string[];
  /** The environment as it stands, in order: `NAME=value` byte texts, whatever they hold. */
  readonly environ: readonly string[];
  /** The first value of a name in `environ`, as getenv(3) finds it. */
  env(name: string): string | undefined;
  readonly cwd: string;
  /** The effective user, as a number. */
  readonly uid: number;
  /** Descriptors above 2 that pqx was started with, and that the target gets. */
  readonly descriptors: readonly number[];
  /** What was given to pqx once, on a descriptor or a terminal, by the name of what it is: no second time is asked. */
  readonly heard: Map<string, Uint8Array>;
  /** Nobody is to be asked: what a question would be needed for fails. */
  readonly unattended?: true;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  now(): Date;
}
