/** Changes to `trust.json` (profile/trust.ts), and what was shown when a file was trusted, so that a change can be shown. */
import { existsSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { utf8 } from '../crypto/wipe.ts';
import { Fault, isMissing } from '../fault.ts';
import { withLock } from '../store/lock.ts';
import { readStoreFile } from '../store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { readTrust, TRUST_FILE, type Trusted, trustText } from './trust.ts';

/** In the config directory: for each trusted path, under its hash, the lines that were shown. */
const SHOWN = 'trusted';
const SHOWN_LIMIT = 16 * 1024 * 1024;

/** Trusts this content at this path, and no other there any more. `lines`: what was shown of it, without line ends. */
export async function addTrust(directory: string, entry: Trusted, lines: readonly string[]): Promise<void> {
  ensureStoreDirectory(join(directory, SHOWN));
  await change(directory, (trusted) => {
    writeStoreFile(shownPath(directory, entry.path), utf8(lines.join('\n')), { mode: 0o600 });
    return [...trusted.filter(({ path }) => path !== entry.path), entry];
  });
}

/** Takes trust back. Returns whether there was any. */
export async function removeTrust(directory: string, path: string): Promise<boolean> {
  if (!readTrust(directory).some((entry) => entry.path === path)) return false;
  await change(directory, (trusted) => trusted.filter((entry) => entry.path !== path));
  return true;
}

/** What was shown when `path` was trusted last; undefined when that was not kept. */
export function shownBefore(directory: string, path: string): readonly string[] | undefined {
  try {
    const bytes = readStoreFile(shownPath(directory, path), 'trusted', SHOWN_LIMIT);
    return new TextDecoder().decode(bytes).split('\n');
  } catch (error) {
    if (isMissing(error) || error instanceof Fault) return undefined;
    throw error;
  }
}

function shownPath(directory: string, path: string): string {
  return join(directory, SHOWN, hexEncode(sha3_256(utf8(path))));
}

async function change(
  directory: string,
  edit: (trusted: readonly Trusted[]) => readonly Trusted[],
): Promise<void> {
  await withLock(directory, async () => {
    const trusted = edit(readTrust(directory));
    writeStoreFile(join(directory, TRUST_FILE), utf8(trustText(trusted)), { mode: 0o600 });
    prune(directory, new Set(trusted.map(({ path }) => shownPath(directory, path))));
  });
}

/** What was shown of files that are trusted no more. */
function prune(directory: string, used: ReadonlySet<string>): void {
  const shown = join(directory, SHOWN);
  if (!existsSync(shown)) return;
  for (const name of readdirSync(shown))
    if (/^[0-9a-f]{64}$/.test(name) && !used.has(join(shown, name))) unlinkSync(join(shown, name));
}
