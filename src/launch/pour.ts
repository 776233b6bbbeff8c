/**
 * Carries what a target prints through a mask to where it would have printed it itself. Loaded by a launch that masks.
 */
import { write } from 'node:fs';
import type { Mask } from './mask.ts';

/** So many turns of the runtime's loop without a byte: what the target had printed before its end has come. */
const QUIET_TURNS = 8;

export interface Pour {
  /**
   * To be called when the target has ended: resolves when all that it had printed is written. What it left running may
   * hold the stream open for ever, and is not waited for.
   */
  finish(): Promise<void>;
}

/** Starts at once. `source` ends early when nobody reads `descriptor` any more: then the target is to lose its reader too. */
export function pour(source: AsyncIterable<Uint8Array>, descriptor: number, mask: Mask): Pour {
  let turns = 0;
  let isWriting = false;
  const put = async (bytes: Uint8Array) => {
    isWriting = true;
    await writeAll(descriptor, bytes);
    isWriting = false;
    bytes.fill(0);
    turns = 0;
  };
  const carried = carry(source, (chunk) => put(mask.next(chunk)));
  return {
    async finish() {
      let open = true;
      void carried.then(() => {
        open = false;
      });
      for (turns = 0; open && turns < QUIET_TURNS; turns += isWriting ? 0 : 1)
        await new Promise((resolve) => setImmediate(resolve));
      // Where nobody reads, nothing is left to be said.
      await put(mask.end()).catch(() => undefined);
    },
  };
}

async function carry(source: AsyncIterable<Uint8Array>, put: (chunk: Uint8Array) => Promise<void>) {
  try {
    for await (const chunk of source) await put(chunk);
  } catch {
    // The stream is given up, and whoever writes to it is told by a signal.
  }
}

/** By the runtime's threads: a slow reader must not keep signals from the target. Throws the system's error. */
async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += await new Promise<number>((resolve, reject) => {
      write(descriptor, bytes, at, bytes.length - at, null, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === 'EAGAIN') setTimeout(resolve, 2, 0);
        else reject(error);
      });
    });
  }
}
