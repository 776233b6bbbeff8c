/** picomatch; `picomatch-bun.ts` has the same function. */
import pm from 'picomatch';

export function picomatch(): typeof pm {
  return pm;
}
