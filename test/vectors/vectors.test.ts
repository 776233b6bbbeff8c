/** Our own vectors, in both runtimes: each file gives what its case says. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RUNTIMES } from '../store/sandbox.ts';
import { root } from '../support/programs.ts';
import { CASES, identityNamed, type Outcome, VECTORS } from './run.ts';

test('every file is a case, and every case has its file and says something of its own', () => {
  const files = globSync('{v1,v2,keys,public,known}/*', { cwd: VECTORS }).filter(
    (file) => file !== 'keys/machine.kek',
  );
  expect(CASES.map(({ file }) => file).sort()).toEqual(files.sort());
  expect(CASES.length).toBeGreaterThan(200);
});

describe.for(RUNTIMES)('$name', ({ command }) => {
  let outcomes: readonly Outcome[] = [];
  beforeAll(() => {
    const args = [join(VECTORS, 'run.ts')];
    outcomes = JSON.parse(execFileSync(command, args, { encoding: 'utf8', cwd: root }));
  });

  test.for(CASES.map((vector, at) => ({ ...vector, at })))('$file: $result', (vector) => {
    const { result, more } = outcomes[vector.at] ?? {};
    expect([vector.what, result]).toEqual([vector.what, vector.result]);
    if (result !== 'opens') return;
    const { private_key_hex: key, public_key_sha3_256: hash } = identityNamed(vector.identity);
    const expected = { bundle: vector.values, 'private key': key, 'public key': hash, known: undefined };
    expect(more).toEqual(expected[vector.kind]);
  });
});
