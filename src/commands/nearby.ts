/** The nearest names of files, for a path where nothing stands. */
import { suggestion } from '../profile/nearest.ts';
import { directoryOf } from '../store/paths.ts';

/**
 * `did you mean X?`, of the files beside it; undefined when nothing is near, or the directory cannot be read. `node:fs` is
 * loaded here and not above: only what fails comes here.
 */
export function nearbyFile(path: string): string | undefined {
  const { readdirSync } = process.getBuiltinModule('node:fs');
  try {
    return suggestion(path.slice(path.lastIndexOf('/') + 1), readdirSync(directoryOf(path)));
  } catch {
    return undefined;
  }
}
