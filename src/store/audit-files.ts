/** The audit log as files (store/audit.ts): turned over when it is full, read for `log`. */
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json, parseJson } from '../json.ts';
import { AUDIT_FILE, AUDIT_LIMIT, FORMER_AUDIT_FILE } from './audit.ts';
import { withLock } from './lock.ts';
import { readIfThere } from './read.ts';

/** More than the log ever is: lines that are written at once may take it over its limit. */
const READ_LIMIT = 64 * 1024 * 1024;
/** A line holds a few texts and the names of keys and files. */
const LINE_LIMITS = { depth: 3, containers: 16, items: 200_000 };

/** Makes room: the log becomes the former one, which is dropped. Best effort, and once when several find it full. */
export async function turnOver(directory: string): Promise<void> {
  const path = join(directory, AUDIT_FILE);
  try {
    await withLock(directory, async () => {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= AUDIT_LIMIT)
        renameSync(path, join(directory, FORMER_AUDIT_FILE));
    });
  } catch {
    // A log that cannot be turned over goes on growing, and says so when it cannot be written.
  }
}

/** The lines of the log, the oldest first, and how many are none that pqx wrote whole. */
export function readAudit(directory: string): {
  readonly events: readonly Json[];
  readonly broken: number;
} {
  const lines = [FORMER_AUDIT_FILE, AUDIT_FILE].flatMap((name) => linesOf(join(directory, name)));
  const events = lines.flatMap((line) => {
    const event = parse(line);
    return event === undefined ? [] : [event];
  });
  return { events, broken: lines.length - events.length };
}

function linesOf(path: string): readonly string[] {
  const bytes = readIfThere(path, 'own', READ_LIMIT);
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '');
}

function parse(line: string): Json | undefined {
  const parsed = parseJson(line, LINE_LIMITS);
  return 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined;
}
