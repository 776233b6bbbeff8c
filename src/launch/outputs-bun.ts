/** The standalone's pipes between a target that is masked and where it prints. Loaded by a launch that masks. */
import { factsOfDescriptor, isTerminal } from '#system';
import type { Libc } from '../platform/libc.ts';
import { makePipe } from '../platform/pipes-bun.ts';
import type { Stream } from '../platform/spawn-bun.ts';
import type { Mask } from './mask.ts';
import { type Pour, pour } from './pour.ts';

export interface Outputs {
  /** What the target gets in the place of the caller's streams. */
  readonly streams: readonly Stream[];
  /** Begins to carry what comes, once the target has its ends of the pipes. */
  start(): readonly Pour[];
}

/**
 * For standard output and error where they are open and no terminal. Where both are one file they are one pipe, so that
 * what goes to either stays in order.
 */
export function outputsOf(c: Libc, mask: () => Mask): Outputs {
  const places = new Map<string, Stream['to'][]>();
  for (const to of [1, 2] as const) {
    const facts = factsOfDescriptor(to);
    if (typeof facts === 'string' || isTerminal(to) || isTheRuntimes(c, to)) continue;
    places.set(facts.identity, [...(places.get(facts.identity) ?? []), to]);
  }
  const piped = [...places.values()].map((numbers) => ({ numbers, pipe: makePipe(c) }));
  return {
    streams: piped.flatMap(({ numbers, pipe }) => numbers.map((to) => ({ from: pipe.writing, to }))),
    start: () =>
      piped.map(({ numbers: [to = 1], pipe }) => {
        c.close(pipe.writing);
        return pour(chunksOf(c, pipe.reading), to, mask());
      }),
  };
}

/** What the caller had closed the runtime has opened for itself: only then does it close on exec. */
function isTheRuntimes(c: Libc, descriptor: number): boolean {
  const [getFlags, closeOnExec] = [1, 1];
  return (c.fcntl(descriptor, getFlags, 0) & closeOnExec) !== 0;
}

/** What comes through a pipe, which is closed at its end and when nobody wants more. */
async function* chunksOf(c: Libc, reading: number): AsyncGenerator<Uint8Array> {
  try {
    yield* Bun.file(reading).stream();
  } finally {
    c.close(reading);
  }
}
