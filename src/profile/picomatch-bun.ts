/**
 * picomatch, loaded when the first glob asks for it: most launches are of profiles that name everything, and what it makes
 * when it is loaded takes a twentieth of a launch. `picomatch-node.ts` has the same function.
 */
export function picomatch(): typeof import('picomatch') {
  return require('picomatch');
}
