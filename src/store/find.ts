/** Finding files by name, asked of the system one by one: on the way to every launch. */
import { factsOf, isThere, realPath } from '#system';
import { directoryOf } from './paths.ts';

/**
 * The path of the first of `names` that is a regular file in `from` (absolute), else in its parent, and so on up to and
 * including a directory of `ends`, or the root. Nothing is opened, and no directory is listed.
 */
export function nearestFile(
  from: string,
  ends: readonly string[],
  names: readonly string[],
): string | undefined {
  for (let directory = from; ; directory = directoryOf(directory)) {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    for (const name of names) {
      if (!isThere(prefix + name)) continue;
      const facts = factsOf(prefix + name);
      if (typeof facts !== 'string' && facts.kind === 'file') return prefix + name;
    }
    if (directory === '/' || ends.includes(directory)) return undefined;
  }
}

/** The path with its symbolic links followed; undefined when nothing is there. */
export function withLinksFollowed(path: string): string | undefined {
  return realPath(path);
}
