/**
 * What `bun:ffi` offers, from where that module has it itself: evaluating the module, most of which nothing here needs,
 * takes as long as binding all the calls of a launch.
 */
import type { Pointer } from 'bun:ffi';

export type { Pointer };

type Ffi = typeof import('bun:ffi');

// Not in the runtime's types: the module is the documented door.
const native: Pick<Ffi, 'CString' | 'dlopen' | 'ptr' | 'read'> = Reflect.get(Bun, 'FFI');

export const { CString, ptr, read } = native;

/** As that of `bun:ffi`: throws where the library or one of the functions is not there. */
export const dlopen: Ffi['dlopen'] = (name, functions) => {
  const library = native.dlopen(name, functions);
  if (library instanceof Error) throw library;
  return library;
};
