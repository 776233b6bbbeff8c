import { errnoOf, Fault } from '../fault.ts';
import { shellWord } from '../quote.ts';
import { directoryOf } from './paths.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it is larger than the limit of file sizes',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'what should be its directory is a file',
  EEXIST: 'a file of that name is in the way',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk reports an error',
};

/** Says what stood in the way of writing `path`, after which the former file is whole. */
export function writeFault(path: string, error: unknown): Fault {
  const code = errnoOf(error) ?? 'unknown error';
  return new Fault('store', `${path} cannot be written: ${REASONS[code] ?? code}; nothing was changed`, {
    hint: hintFor(code, path),
    cause: error,
  });
}

function hintFor(code: string, path: string): string {
  const directory = shellWord(directoryOf(path));
  switch (code) {
    case 'ENOSPC':
      return `df -h ${directory}`;
    case 'EDQUOT':
      return 'quota';
    case 'EFBIG':
      return 'ulimit -f unlimited';
    case 'EROFS':
      return `findmnt -T ${directory}`;
    case 'ENOENT':
      return `mkdir -p -m 700 ${directory}`;
    case 'EACCES':
    case 'EPERM':
      return `namei -l ${directory}   shows what is in the way`;
    default:
      return `ls -ld ${directory}`;
  }
}
