/**
 * What a profile file says, after validation: plain JSON values, so that a validated file can be kept and read back
 * without parsing YAML again. No secret is in here; names only.
 */
import type { FileEntry, PlannedFile } from './files.ts';
import type { Template } from './template.ts';

/** The largest profile file, in bytes. */
export const PROFILE_FILE_LIMIT = 1024 * 1024;

/** Where a profile was read. `named`: by --profiles or PQX_PROFILES. */
export type FileKind = 'user' | 'project' | 'named';

export interface ProfileFile {
  /** Absolute path, as it was opened. */
  readonly path: string;
  readonly kind: FileKind;
  readonly settings: Settings;
  /** In the order of the file. */
  readonly profiles: readonly Profile[];
}

export interface Settings {
  readonly quiet?: boolean;
  /** Absolute, resolved against the file's directory. */
  readonly bundle?: string;
  readonly audit?: 'on' | 'off' | 'required';
  readonly rollback?: 'notice' | 'refuse';
}

export interface Profile {
  readonly name: string;
  /** Line of its name in the file, from 1. */
  readonly line: number;
  readonly description?: string;
  /** Patterns; none: only for `-p` or `extends`. */
  readonly command: readonly string[];
  /** Undefined: every argument list. */
  readonly args?: readonly string[];
  /** Profiles whose fields this one starts from; profile/inherit.ts puts them in. */
  readonly extends?: readonly Extended[];
  readonly env: readonly VariableEntry[];
  readonly files: readonly FileEntry[];
  /** This field and those below: undefined is what the profile does not say, so that `extends` can tell. */
  readonly keys?: readonly string[];
  readonly inherit?: Inherit;
  readonly container?: 'env' | 'files' | 'off';
  readonly prepend?: readonly string[];
  readonly append?: readonly string[];
  readonly stdin?: StandardInput;
  /** Whether values are replaced in what the target prints. */
  readonly mask?: boolean;
  readonly pin?: Pin;
}

/** A name under `extends`, and where it stands. */
export interface Extended {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** The key whose value is the target's standard input. */
export interface StandardInput {
  readonly key: string;
}

/** The only executable that may get the profile's keys. */
export interface Pin {
  /** Absolute, or `~/` and what is below the home directory. */
  readonly path: string;
  /** Of the file's content: 64 lower-case hex digits. */
  readonly sha3_256: string;
}

export type Inherit = 'safe' | 'minimal' | 'all' | readonly string[];

export interface VariableEntry {
  readonly name: string;
  readonly source: VariableSource;
  /** Line of the entry in its file, from 1. */
  readonly line: number;
}

export type VariableSource =
  | { readonly kind: 'key'; readonly key: string; readonly optional: boolean }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'unset' };

/** The command as it was typed and found; `launch/resolve.ts` makes it. */
export interface FoundCommand {
  /** As typed. */
  readonly typed: string;
  /** Absolute path before symbolic links are followed; undefined when nothing was found. */
  readonly path: string | undefined;
  /**
   * `path`: typed without a slash and found through an absolute element of PATH outside the working directory's
   * repository; `inside`: found through PATH, but relative or inside that repository; `typed`: typed with a slash.
   */
  readonly through: 'path' | 'inside' | 'typed';
}

/** Why a variable of the caller's does not reach the target. */
export type Withheld =
  | 'held by the bundle'
  | 'filled by a profile'
  | 'looks like a credential'
  | 'granted by an outer launch'
  | "pqx's own"
  | 'not inherited';

/** One variable that the launch sets. */
export interface Grant {
  readonly variable: string;
  readonly source:
    | { readonly kind: 'key'; readonly key: string }
    | { readonly kind: 'value'; readonly value: string }
    | { readonly kind: 'template'; readonly template: Template; readonly keys: readonly string[] }
    /** The path of a config file, or of the directory that it is in. */
    | { readonly kind: 'file'; readonly file: string; readonly path: string };
  /** Which field granted it. */
  readonly by: 'env' | 'keys' | 'files' | '--env';
}

/**
 * Everything that a launch will do, decided before a value is decrypted: printed by `explain`, recorded by the audit
 * log, obeyed by the launcher.
 */
export interface LaunchPlan {
  readonly profile:
    | { readonly name: string; readonly file: string; readonly line: number; readonly why: string }
    | undefined;
  readonly command: FoundCommand;
  /** The target's arguments after argv[0], with what was prepended, inserted and appended. */
  readonly args: readonly string[];
  /** What of `args` pqx put there. */
  readonly inserted: readonly string[];
  readonly grants: readonly Grant[];
  /** Config files that are there for as long as the target is. */
  readonly files: readonly PlannedFile[];
  /** Left out: the caller's standard input. */
  readonly stdin?: StandardInput;
  /** Whether what the target prints is filtered for the values. */
  readonly mask: boolean;
  readonly pin?: Pin;
  /** Bundle keys that must be opened: each once, sorted. */
  readonly opens: readonly string[];
  /** Names removed from the environment because the profile says `unset`. */
  readonly unset: readonly string[];
  /** The caller's entries (`NAME=value` byte texts) that the target still sees, in order, before grants replace any. */
  readonly inherited: readonly string[];
  readonly withheld: readonly { readonly name: string; readonly why: Withheld }[];
  readonly inherit: Inherit;
  /** `keys` globs that cannot be resolved, since the bundle's names are encrypted and it was not opened. */
  readonly unresolved: readonly string[];
  readonly warnings: readonly string[];
}
