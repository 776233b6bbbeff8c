/**
 * Checks of the crypto room that run in any runtime: vitest runs them in Node, and `run.ts` runs them in Bun, where the
 * same names are other code.
 */

export interface Report {
  /** How many single answers were compared. */
  readonly checked: number;
  /** What was not as it must be, each in a few words; at most 20. */
  readonly wrong: readonly string[];
}

export interface Recorder {
  equal(what: string, actual: Uint8Array | undefined, expected: Uint8Array | string): void;
  that(what: string, holds: boolean): void;
  /** The work must throw, at once or as a rejection. */
  refuses(what: string, work: () => unknown): Promise<void>;
  report(): Report;
}

export function recorder(): Recorder {
  const wrong: string[] = [];
  let checked = 0;
  const that = (what: string, holds: boolean) => {
    checked += 1;
    if (!holds) wrong.push(what);
  };
  return {
    that,
    equal: (what, actual, expected) => {
      const wanted = typeof expected === 'string' ? expected : hex(expected);
      that(what, actual !== undefined && hex(actual) === wanted);
    },
    refuses: async (what, work) => {
      const outcome = await Promise.resolve()
        .then(work)
        .then(
          () => 'accepted',
          () => 'refused',
        );
      that(what, outcome === 'refused');
    },
    report: () => ({ checked, wrong: wrong.slice(0, 20) }),
  };
}

/** By the platform, not by the code that is tested. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** `length` bytes that count up from `first`. */
export function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => first + index);
}
