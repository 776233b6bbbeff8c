/**
 * Every failure that a user can meet. A fault has a stable code for programs, one lower-case line for people, where
 * possible the command or edit that mends it, and the exit status. No other error class exists in pqx; whatever else is
 * thrown is a defect and is reported as one.
 */

/** Where in a file of the user's something is wrong. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * What kind of failure it is.
 * - `usage`: the command line is wrong
 * - `profile`: a profile file is wrong, or the profile asks for what is not there
 * - `no-profile`: no profile matches the command
 * - `not-a-bundle`, `not-for-this-identity`, `damaged`: the three ways in which a bundle does not open (FORMAT)
 * - `identity`: the private key is missing, unreadable, corrupted or of an unknown form
 * - `unsafe`: a permission, an owner or a place that pqx refuses to trust
 * - `input`: data given to a word is wrong
 * - `store`: a file could not be read or written
 * - `launch`: the target could not be prepared or started
 * - `not-found`, `not-executable`: the target itself (statuses 127 and 126)
 */
export type FaultCode =
  | 'usage'
  | 'profile'
  | 'no-profile'
  | 'not-a-bundle'
  | 'not-for-this-identity'
  | 'damaged'
  | 'identity'
  | 'unsafe'
  | 'input'
  | 'store'
  | 'launch'
  | 'not-found'
  | 'not-executable';

export interface FaultDetails {
  /** The command or edit that mends it, ready to be typed. */
  readonly hint?: string;
  readonly place?: Place;
  /** What the platform said; its message is not shown unless PQX_DEBUG is set. */
  readonly cause?: unknown;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;

  /** `message`: lower case, without a final full stop, naming things and never a secret value. */
  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
  }
}

/** `file:line:column`, as editors and terminals understand it. */
export function placeText(place: Place): string {
  let text = place.file;
  if (place.line !== undefined) text += `:${place.line}`;
  if (place.line !== undefined && place.column !== undefined) text += `:${place.column}`;
  return text;
}

/** Whether `error` is what the system says when a file is not there (ENOENT, ENOTDIR). */
export function isMissing(error: unknown): boolean {
  return saysMissing(errnoOf(error));
}

/** The same of the error's name alone, where a door gives it back instead of throwing. */
export function saysMissing(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The system's name of an error (`EACCES`), or undefined when it is not one of the system's. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Text that can be shown on a terminal: control and invisible formatting characters are escaped (security, trap 7). */
export function printable(text: string): string {
  return text.replace(
    // C0, DEL, C1, soft hyphen, zero width and bidirectional marks, lone surrogates
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) => {
      const code = character.charCodeAt(0);
      if (code === 10) return '\\n';
      if (code === 9) return '\\t';
      if (code === 13) return '\\r';
      return code < 256
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}
