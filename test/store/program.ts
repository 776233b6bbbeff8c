/**
 * A program for tests that need several processes, or one as another user: does what its arguments say and prints what a
 * user would see as one line of JSON.
 */
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../src/fault.ts';
import { withLock } from '../../src/store/lock.ts';
import { type Policy, readStoreFile } from '../../src/store/read.ts';
import { ensureStoreDirectory, writeStoreFile } from '../../src/store/write.ts';

const [action = '', path = '', ...rest] = process.argv.slice(2);

try {
  say({ done: await perform() });
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  say({ code: error.code, message: error.message, hint: error.hint });
}

async function perform(): Promise<unknown> {
  const [first = '', second = ''] = rest;
  switch (action) {
    case 'read':
      return new TextDecoder().decode(readStoreFile(path, policyOf(first), 1024 * 1024));
    case 'write':
      writeStoreFile(path, new TextEncoder().encode(first), { mode: 0o600, ...backup(second) });
      return 'written';
    case 'fill':
      writeStoreFile(path, new Uint8Array(Number(first)).fill(0x78), { mode: 0o600, ...backup(second) });
      return 'written';
    case 'mkdir':
      ensureStoreDirectory(path);
      return 'made';
    case 'append':
      return withLock(path, async () => appendLine(join(path, 'lines'), first));
    case 'hold':
      return withLock(path, async () => {
        say({ holds: process.pid });
        // Until the test ends it: by a kill, or by the end of standard input.
        await new Promise((resolve) => process.stdin.on('end', resolve).resume());
        return 'released';
      });
    case 'take':
      say({ waits: process.pid });
      return withLock(path, async () => 'taken');
    default:
      throw new Error(`unknown action ${action}`);
  }
}

/** Reading, a pause in which another would slip in, and writing. */
async function appendLine(file: string, line: string): Promise<string> {
  const before = readFileSync(file, 'utf8');
  await new Promise((resolve) => setTimeout(resolve, 3));
  writeStoreFile(file, new TextEncoder().encode(`${before}${line}\n`), { mode: 0o600, backup: 'lines.bak' });
  return line;
}

function policyOf(text: string): Policy {
  if (text === 'key' || text === 'trusted' || text === 'plain') return text;
  throw new Error(`unknown policy ${text}`);
}

function backup(name: string): { readonly backup?: string } {
  return name === '' ? {} : { backup: name };
}

function say(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
