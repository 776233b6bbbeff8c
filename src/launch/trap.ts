/**
 * Config files of a launch: the trap is set before the first byte is written, so that they go however pqx and the target
 * end (guard.ts), and what killed guards left goes too (sweep.ts).
 */
import { errnoOf, Fault } from '../fault.ts';
import type { PlannedFile } from '../profile/files.ts';
import { fileContent } from './file-content.ts';
import { startGuard } from './guard.ts';
import { filesIn, fullFault, makePrivateDirectory, ownDirectory, placeInMemory, writeNew } from './memory.ts';
import { sweep } from './sweep.ts';

export interface Trap {
  /** Where the files will be: absolute. */
  readonly files: string;
  /** The private directory that they are in, with the records of who uses it. */
  readonly directory: string;
  /** Writes them, once the guard runs. A Fault `launch` without a guard, or when there is no room. */
  lay(files: readonly PlannedFile[], opened: ReadonlyMap<string, Uint8Array>): Promise<void>;
}

/**
 * Makes the private directory and starts its guard, which takes a while: so as early as files are known to come.
 * `random`: hexadecimal digits that nobody guesses. Faults `launch` and `unsafe`.
 */
export async function setTrap(
  runtimeDirectory: string | undefined,
  uid: number,
  random: string,
): Promise<Trap> {
  const place = placeInMemory(runtimeDirectory, uid);
  const directory = `${ownDirectory(place, uid)}/${random}`;
  makePrivateDirectory(directory, uid);
  const guard = guardOf(directory);
  await sweep(place, uid, directory);
  return {
    files: filesIn(directory),
    directory,
    async lay(files, opened) {
      if ((await guard.ended()) !== 0) throw unguarded();
      for (const file of files) lay(file, fileContent(file, opened));
    },
  };
}

/** Where the files of a launch would be, for `explain`: what is random in it is left out. */
export function shownFiles(runtimeDirectory: string | undefined, uid: number): string {
  return filesIn(`${ownDirectory(placeInMemory(runtimeDirectory, uid), uid)}/…`);
}

function guardOf(directory: string) {
  try {
    return startGuard(directory);
  } catch (cause) {
    throw unguarded(cause);
  }
}

function lay(file: PlannedFile, content: Uint8Array): void {
  try {
    writeNew(file.path, file.mode, content);
  } catch (error) {
    throw fullFault(file.path, errnoOf(error) ?? 'EIO');
  } finally {
    content.fill(0);
  }
}

function unguarded(cause?: unknown): Fault {
  return new Fault('launch', 'the guard that removes config files could not be started', {
    hint: 'ulimit -u   shows how many processes there may be',
    cause,
  });
}
