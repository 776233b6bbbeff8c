/**
 * `pin`: the only executable that may get a profile's keys. What was hashed is what is started: a program of the machine
 * by the very descriptor that was read; a script, which its interpreter opens again by name, after one more look at that
 * name. The interpreter and what it loads are not pinned.
 */
import { closeFile, factsOf, factsOfDescriptor, openFile, readSome, realPath } from '#system';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256Of } from '../crypto/hash.ts';
import { errnoOf, Fault, printable } from '../fault.ts';
import type { ResolvedCommand } from '../launch/resolve.ts';
import type { Pin } from '../profile/types.ts';
import { shellWord } from '../quote.ts';
import type { World } from '../world.ts';

export interface PinnedProgram {
  /** Open until it is started; undefined for a script. */
  readonly descriptor: number | undefined;
  /** To be asked right before the start. Throws a Fault `unsafe` when another file stands there by then. */
  check(): void;
}

const CHUNK = 1024 * 1024;

/** Throws a Fault `unsafe` when `found` is not the pinned executable, naming what is and the hash that it has. */
export function checkPin(world: World, found: ResolvedCommand, pin: Pin): PinnedProgram {
  const typed = printable(found.path ?? found.typed);
  const pinned = pin.path.startsWith('~/') ? `${world.env('HOME') ?? ''}${pin.path.slice(1)}` : pin.path;
  const real = realPath(found.path ?? found.typed);
  if (real === undefined || real !== realPath(pinned)) {
    throw new Fault(
      'unsafe',
      `${typed} is not the executable that the profile pins, ${printable(pin.path)}`,
      {
        hint: `ls -l ${shellWord(found.path ?? found.typed)} ${shellWord(pinned)}   shows where both lead`,
      },
    );
  }
  const descriptor = open(real);
  const facts = factsOfDescriptor(descriptor);
  const { hash, isProgram } = read(descriptor);
  if (hash !== pin.sha3_256) {
    closeFile(descriptor);
    throw new Fault(
      'unsafe',
      `${printable(real)} is not the file that the profile pins: its SHA3-256 differs`,
      {
        hint: `sha3_256: ${hash}   under \`pin\`, if you know why it changed`,
      },
    );
  }
  if (!isProgram) closeFile(descriptor);
  return {
    descriptor: isProgram ? descriptor : undefined,
    check() {
      const now = factsOf(found.spelling);
      if (typeof facts === 'string' || typeof now === 'string' || now.identity !== facts.identity)
        throw new Fault('unsafe', `${typed} was replaced while pqx looked at it`, {
          hint: `ls -l ${shellWord(found.path ?? found.typed)}`,
        });
    },
  };
}

function open(path: string): number {
  try {
    return openFile(path);
  } catch (error) {
    const why = errnoOf(error) ?? 'unknown error';
    throw new Fault('unsafe', `${printable(path)} is pinned, and cannot be read to check it (${why})`, {
      hint: `ls -l ${shellWord(path)}`,
      cause: error,
    });
  }
}

function read(descriptor: number): { readonly hash: string; readonly isProgram: boolean } {
  const buffer = new Uint8Array(CHUNK);
  let isProgram: boolean | undefined;
  function* chunks(): Generator<Uint8Array> {
    for (let count = readSome(descriptor, buffer); count > 0; count = readSome(descriptor, buffer)) {
      // The magic number of ELF (elf(5)).
      isProgram ??= buffer[0] === 0x7f && buffer[1] === 0x45 && buffer[2] === 0x4c && buffer[3] === 0x46;
      yield buffer.subarray(0, count);
    }
  }
  const hash = hexEncode(sha3_256Of(chunks()));
  return { hash, isProgram: isProgram === true };
}
