import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandbox } from '../store/sandbox.ts';
import { root } from '../support/programs.ts';

/** A copy of one of our fixtures as a config directory: version control keeps no 0600. */
export function storeCopy(name: string): string {
  const directory = sandbox();
  cpSync(join(root, 'test', 'fixtures', name), directory, { recursive: true });
  for (const entry of readdirSync(directory)) chmodSync(join(directory, entry), 0o600);
  return directory;
}

/** Changes a JSON file by what `change` does to its object. */
export function changeJson(path: string, change: (object: Record<string, unknown>) => void): void {
  const object: Record<string, unknown> = JSON.parse(readFileSync(path, 'utf8'));
  change(object);
  writeFileSync(path, JSON.stringify(object));
}
