/** Before any test: the builds that the tests start are made anew when a source is younger than they are. */
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { root } from './programs.ts';

export function setup(): void {
  const built = Math.min(age('bin/pqx'), age('dist/pqx.mjs'));
  const sources = [...globSync('src/**/*', { cwd: root }), 'package.json'].map(age);
  if (Math.max(...sources) > built)
    execFileSync(process.execPath, ['src/build/build.ts'], { cwd: root, stdio: 'inherit' });
}

function age(path: string): number {
  return statSync(new URL(path, `file://${root}/`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
