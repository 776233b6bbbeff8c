/** The standalone's way to start the target as a child: nothing needs it while exec in place loses nothing. */
import { Fault } from '../fault.ts';
import type { Execution } from '../platform/caller.ts';

/** As in supervise-node.ts. Always throws a Fault `launch`. */
export async function supervise(_execution: Execution): Promise<never> {
  throw new Fault('launch', 'the standalone starts its target only by exec in place');
}
