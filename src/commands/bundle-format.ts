import type { BundleFormat } from '../bundle/unlocked.ts';
import { Fault } from '../fault.ts';

/** The value of `--bundle-format`; undefined when it was not given. A Fault `usage` for any but v1 and v2. */
export function bundleFormat(text: string | undefined): BundleFormat | undefined {
  if (text === undefined || text === 'v1' || text === 'v2') return text;
  throw new Fault('usage', `unknown format of bundles ${text}`, { hint: '--bundle-format v1 or v2' });
}
