/** The entry of the Node build, on a Node that is too old for the rest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/programs.ts';

/** As the entry is told that it runs on this version; what it does then is all its own. */
function onNode(version: string) {
  const pretence = `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', pretence, join(root, 'bin', 'pqx.mjs'), 'version'],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

test.each(['18.20.4', '20.20.2', '22.17.1'])('%s: one line, a hint, and status 125', (version) => {
  expect(onNode(version)).toEqual({
    status: 125,
    stdout: '',
    stderr: `pqx: Node ${version} is too old for pqx\n  hint: use Node 22.18 or later, or the standalone bin/pqx\n`,
  });
});

test.each(['22.18.0', '23.0.0', '24.21.0', '100.0.0'])('%s is taken', (version) => {
  expect(onNode(version)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^pqx \d/), stderr: '' });
});
