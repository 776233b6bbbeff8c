import { describe, expect, test } from 'vitest';
import { startFault } from '../../src/launch/failure.ts';
import type { Execution } from '../../src/platform/caller.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function execution(argv: readonly string[], environ: readonly string[]): Execution {
  return {
    path: '/opt/tool',
    argv,
    environ: environ.map(bytes),
    descriptors: [],
    heldBack: { core: undefined },
  };
}

describe('why a start failed', () => {
  test('a variable that is too long is named, its value is not, and `files` is the way', () => {
    const fault = startFault('E2BIG', execution(['tool'], ['A=1', `BIG=${'s'.repeat(131_068)}`]));
    expect(fault.code).toBe('launch');
    expect(fault.message).toBe(
      'the variable BIG is longer than a variable can be (131071 bytes with its name)',
    );
    expect(fault.hint).toContain('files: { BIG:');
    expect(`${fault.message}${fault.hint}`).not.toContain('sss');
  });

  test('one byte less is not too long: then it is all together', () => {
    const fault = startFault('E2BIG', execution(['tool'], [`BIG=${'s'.repeat(131_067)}`]));
    expect(fault).toMatchObject({
      code: 'not-executable',
      message: 'arguments and environment together are longer than the system allows',
    });
  });

  test('an argument that is too long is told by its number', () => {
    const fault = startFault('E2BIG', execution(['tool', 'a', 'x'.repeat(131_072)], []));
    expect(fault).toMatchObject({
      code: 'not-executable',
      message: 'argument 2 is longer than an argument can be (131071 bytes)',
    });
  });

  test('a missing interpreter is not found, anything else is not executable', () => {
    expect(startFault('ENOENT', execution(['tool'], []))).toMatchObject({
      code: 'not-found',
      message: '/opt/tool: its interpreter or its loader was not found',
    });
    expect(startFault('ETXTBSY', execution(['tool'], []))).toMatchObject({
      code: 'not-executable',
      message: '/opt/tool could not be started (ETXTBSY)',
    });
  });
});
