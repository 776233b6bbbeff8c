/**
 * Whether a directory of PATH lies in the repository of the working directory. What stands there came with a clone, as
 * `node_modules/.bin` does: it is a stranger's, whatever it is called.
 */
import { factsOf, realPath } from '#system';

/** What makes a directory a repository. */
const MARKS = ['.git', '.hg', '.jj', '.svn'];

/**
 * `element` and `cwd` are absolute byte texts. The home directory and what lies above it are no clones, even where they
 * are under version control. Without a repository only `node_modules/.bin` of the working directory and of its parents
 * is meant.
 */
export function isInsideClone(element: string, cwd: string, home: string | undefined): boolean {
  const spellings = new Set([element, realPath(element) ?? element].map(withoutEnd));
  return directoriesUp(cwd, home).some((directory) => {
    const within = [...spellings].filter(
      (spelling) => spelling === directory || spelling.startsWith(`${directory}/`),
    );
    if (within.length === 0) return false;
    return within.includes(`${directory}/node_modules/.bin`) || isRepository(directory);
  });
}

/** The working directory and its parents, up to the home directory or the root, both left out. */
function directoriesUp(cwd: string, home: string | undefined): readonly string[] {
  const homes = home === undefined ? [] : [home, realPath(home) ?? home].map(withoutEnd);
  const directories: string[] = [];
  for (let at = withoutEnd(cwd); at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (homes.some((one) => one === at || one.startsWith(`${at}/`))) break;
    directories.push(at);
  }
  return directories;
}

function isRepository(directory: string): boolean {
  return MARKS.some((mark) => typeof factsOf(`${directory}/${mark}`) !== 'string');
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '');
}
