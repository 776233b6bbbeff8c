import type { Mask } from './mask.ts';

/** What pqx does besides waiting for a target that it has started as a child. */
export interface Supervision {
  /** Makes a mask for a stream of the target's that is no terminal: what it prints there passes through pqx. */
  readonly mask?: () => Mask;
  /** Told the target's process id as soon as there is one. */
  readonly onStart?: (pid: number) => void;
  /**
   * Awaited once, when the target has ended and before pqx takes over its status, and also when it could not be started.
   * It must not throw.
   */
  readonly onEnd?: () => void | Promise<void>;
}
