/**
 * Whether a directory of PATH lies in the repository of the working directory. What stands there came with a clone, as
 * `node_modules/.bin` does: it is a stranger's, whatever it is called.
 */
import { factsOf, realPath } from '#system';
import { withoutEnd } from '../store/paths.ts';

/**
 * `element` and `cwd` are absolute byte texts. The home directory and what lies above it are no clones, even where they
 * are under version control. Without a repository only `node_modules/.bin` of the working directory and of its parents
 * is meant.
 */
export function isInsideClone(element: string, cwd: string, home: string | undefined): boolean {
  const spelled = withoutEnd(element);
  const real = realPath(spelled) ?? spelled;
  for (let at = withoutEnd(cwd); at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (!isWithin(spelled, at) && !isWithin(real, at)) continue;
    if (holdsHome(at, home)) return false;
    const packages = `${at}/node_modules/.bin`;
    if (spelled === packages || real === packages || isRepository(at)) return true;
  }
  return false;
}

function holdsHome(directory: string, home: string | undefined): boolean {
  if (home === undefined || home === '') return false;
  return isWithin(withoutEnd(home), directory) || isWithin(withoutEnd(realPath(home) ?? home), directory);
}

function isWithin(path: string, directory: string): boolean {
  return path.startsWith(directory) && (path.length === directory.length || path[directory.length] === '/');
}

function isRepository(directory: string): boolean {
  for (const mark of ['.git', '.hg', '.jj', '.svn'])
    if (typeof factsOf(`${directory}/${mark}`) !== 'string') return true;
  return false;
}
