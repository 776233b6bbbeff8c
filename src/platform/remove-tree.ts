/** Removing a directory with all that is in it. `node:fs` is handed in: the standalone loads it only when it comes to that. */
import { errnoOf } from '../fault.ts';

type FileSystem = Pick<typeof import('node:fs'), 'chmodSync' | 'readdirSync' | 'rmSync'>;

/** Links are removed, not followed; directories that a tool has closed to their owner are opened. Throws the system's error. */
export function removeTreeBy(fs: FileSystem, path: string): void {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    openUp(fs, path);
    fs.rmSync(path, { recursive: true, force: true });
  }
}

function openUp(fs: FileSystem, directory: string): void {
  fs.chmodSync(directory, 0o700);
  for (const entry of fs.readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) openUp(fs, `${directory}/${entry.name}`);
}
