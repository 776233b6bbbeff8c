/**
 * Runs `src/main.ts`, in Node or Bun, and appends every module that it loads to the file PATH_RECORD, one a line; in Bun
 * also, as `first use: NAME`, what costs much when it is used for the first time (ARCHITECTURE, the launch path).
 */
import { appendFileSync, readFileSync } from 'node:fs';
import nodeModule from 'node:module';

const record = process.env['PATH_RECORD'] ?? '/dev/null';
const note = (module: string) => appendFileSync(record, `${module}\n`);

if (process.versions.bun === undefined) {
  nodeModule.registerHooks({
    load(url, context, next) {
      note(url);
      return next(url, context);
    },
  });
} else {
  Bun.plugin({
    name: 'recorder',
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        note(path);
        return { contents: readFileSync(path, 'utf8'), loader: 'ts' };
      });
    },
  });
}

const DEAR_METHODS = [
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'flatMap',
  'forEach',
  'map',
  'reduce',
  'some',
] as const;
const DEAR_ITERATORS = ['entries', 'keys', 'values'] as const;
const DEAR_GLOBALS = ['Buffer', 'DataView', 'Math'] as const;

/**
 * Whether a function of pqx's own is what called the one that asks. Not one that looks into inherited descriptors: hardly any
 * launch has any, and every process that Bun runs from a file.
 */
function isCalledByPqx(): boolean {
  const caller = new Error().stack?.split('\n')[3] ?? '';
  return caller.includes('/src/') && !/\/platform\/(?:descriptors|proc-bun)\.ts/.test(caller);
}

function replace(prototype: Record<string, unknown>, name: string, called: string): void {
  const method = prototype[name] as (...args: unknown[]) => unknown;
  const value = function (this: unknown, ...args: unknown[]) {
    if (isCalledByPqx()) note(`first use: ${called}`);
    return method.apply(this, args);
  };
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

if (process.versions.bun !== undefined) {
  for (const name of DEAR_METHODS) replace(Array.prototype as never, name, name);
  for (const name of DEAR_ITERATORS) replace(Map.prototype as never, name, `Map.${name}`);
  for (const name of DEAR_GLOBALS) {
    const value = globalThis[name];
    const get = () => {
      if (isCalledByPqx()) note(`first use: ${name}`);
      return value;
    };
    Object.defineProperty(globalThis, name, { get, configurable: true });
  }
}

await import('../../src/main.ts');
