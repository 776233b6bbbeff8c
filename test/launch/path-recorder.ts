/** Runs `src/main.ts`, in Node or Bun, and appends every module that it loads to the file PATH_RECORD, one a line. */
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

await import('../../src/main.ts');
