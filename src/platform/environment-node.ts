/** The environment in the form that Node's interfaces take. Pure. */
import { hasRawBytes, textOfBytes } from './bytes.ts';

/**
 * Of two entries of one name the first stays, which getenv(3) finds too. Entries that are not UTF-8 or name nothing are
 * left out: Node cannot hand them on (FIDELITY).
 */
export function environmentObject(environ: readonly Uint8Array[]): Record<string, string> {
  const entries = new Map<string, string>();
  for (const entry of environ.map(textOfBytes)) {
    const equals = entry.indexOf('=');
    if (equals >= 0 && !hasRawBytes(entry) && !entries.has(entry.slice(0, equals))) {
      entries.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }
  return Object.fromEntries(entries);
}
