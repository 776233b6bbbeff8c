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

const DEAR_METHODS = ['flatMap', 'find', 'findIndex', 'findLast', 'forEach', 'reduce'] as const;
const DEAR_GLOBALS = ['Buffer', 'Math'] as const;

/** Whether a function of pqx's own is what called the one that asks. */
function isCalledByPqx(): boolean {
  return new Error().stack?.split('\n')[3]?.includes('/src/') === true;
}

if (process.versions.bun !== undefined) {
  const list: Record<string, unknown> = Array.prototype as never;
  for (const name of DEAR_METHODS) {
    const method = list[name] as (...args: unknown[]) => unknown;
    const value = function (this: unknown, ...args: unknown[]) {
      if (isCalledByPqx()) note(`first use: ${name}`);
      return method.apply(this, args);
    };
    Object.defineProperty(list, name, { value, configurable: true, writable: true });
  }
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
