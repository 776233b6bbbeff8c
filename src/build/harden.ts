/**
 * The runtime inside a standalone executable obeys variables that are meant for the user's own Bun or Node: they run
 * other code, open an inspector, take over an inherited channel or write files. A launcher that holds keys must not,
 * and the target must still find them in its environment. So their names are overwritten in the runtime before
 * anything is compiled with it, by names that nobody sets. Some stand in source text of the runtime's own modules, so
 * they stay identifiers of the same length.
 */

/** What is disabled, each with what it does to a compiled executable. */
export const DISABLED_VARIABLES: readonly string[] = [
  'BUN_OPTIONS', // prepends options, --preload among them: runs a stranger's file
  'BUN_BE_BUN', // turns the executable into a plain Bun
  'BUN_INSPECT', // and _CONNECT_TO, _NOTIFY, _PRELOAD: a debugger
  'BUN_BYTECODE_', // _ORDER_OUT, _ORDER_NAMES_OUT, _DIGEST_OUT: writes files
  'BUN_CRASH_REPORT_URL', // where a crash, with memory contents in it, would be sent
  'BUN_ENABLE_CRASH_REPORTING',
  'BUN_RUNTIME_TRANSPILER_CACHE_PATH', // a cache of code
  'BUN_TCC_OPTIONS', // the C compiler of bun:ffi
  'NODE_CHANNEL_FD', // takes a descriptor that belongs to the target
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID', // a cluster worker's
  'NODE_V8_COVERAGE',
  'NODE_COMPILE_CACHE',
];

/** Same length in, same length out. Throws when a name is not there: then the runtime has changed, and must be read anew. */
export function hardenRuntime(runtime: Uint8Array): Uint8Array {
  const bytes = Buffer.from(runtime);
  for (const name of DISABLED_VARIABLES) {
    let found = 0;
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      bytes.write(replacementOf(name), at, 'latin1');
      found += 1;
    }
    if (found === 0)
      throw new Error(`the runtime does not hold the name ${name}: look again at what it obeys`);
  }
  return bytes;
}

/** `BUN_OPTIONS` → `_XN_OPTIONX`. */
function replacementOf(name: string): string {
  return `_X${name.slice(2, -1)}X`;
}
