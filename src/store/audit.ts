/**
 * `audit.jsonl` of the config directory: what was done with which keys, one JSON object a line. Written by one call each,
 * at the end of the file, so that lines of processes that write at the same time do not mix; on the way to every launch,
 * so by the platform's doors.
 */
import { closeFile, currentUser, factsOf, factsOfDescriptor, openToAppend, writeSome } from '#system';
import { utf8 } from '../crypto/wipe.ts';
import { errnoOf } from '../fault.ts';

export const AUDIT_FILE = 'audit.jsonl';
/** The one before, when the log has been turned over. */
export const FORMER_AUDIT_FILE = 'audit.jsonl.1';
/** From this size on, in bytes, the log is turned over. */
export const AUDIT_LIMIT = 5 * 1024 * 1024;

export type Appended =
  | { readonly kind: 'written'; readonly full: boolean }
  | { readonly kind: 'failed'; readonly why: string };

/** Appends one line. Throws nothing: what stands in the way is for the caller to weigh. */
export function appendAudit(directory: string, event: unknown): Appended {
  const foreign = whoseDirectory(directory);
  if (foreign !== undefined) return { kind: 'failed', why: foreign };
  let descriptor: number | undefined;
  try {
    descriptor = openToAppend(`${directory}/${AUDIT_FILE}`);
    const facts = factsOfDescriptor(descriptor);
    if (typeof facts === 'string') return { kind: 'failed', why: facts };
    if (facts.kind !== 'file') return { kind: 'failed', why: 'it is not a regular file' };
    const line = utf8(`${JSON.stringify(event)}\n`);
    if (writeSome(descriptor, line) !== line.length) return { kind: 'failed', why: 'the disk is full' };
    return { kind: 'written', full: facts.size + line.length >= AUDIT_LIMIT };
  } catch (error) {
    return { kind: 'failed', why: errnoOf(error) ?? 'unknown error' };
  } finally {
    if (descriptor !== undefined) closeFile(descriptor);
  }
}

/** Root in another user's directory (sudo) would make a log that the user cannot write any more. */
function whoseDirectory(directory: string): string | undefined {
  const { uid } = currentUser();
  if (uid !== 0) return undefined;
  const facts = factsOf(directory);
  if (typeof facts === 'string' || facts.uid === uid) return undefined;
  return `the directory belongs to user ${facts.uid}`;
}
