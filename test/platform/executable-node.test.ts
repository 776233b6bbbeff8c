/** Node aborts when its execve fails: whatever might fail must be told beforehand. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { executableLoss } from '../../src/platform/executable-node.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function loss(
  path: string,
  argv: readonly string[] = ['x'],
  environ: readonly Uint8Array[] = [],
): string | undefined {
  return executableLoss({ path, argv, environ, descriptors: [], heldBack: { core: undefined } });
}

function file(content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'pqx-exec-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'tool');
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

describe('execve is sure to take', () => {
  test("a program of this machine's", () => {
    expect(loss('/bin/sh')).toBeUndefined();
    expect(loss(process.execPath)).toBeUndefined();
  });

  test.each(['#!/bin/sh\n', '#!/bin/sh -e\n', '#! /bin/sh\n', '#!/usr/bin/env sh\necho\n'])(
    'the script %j',
    (content) => {
      expect(loss(file(content))).toBeUndefined();
    },
  );

  test('a script whose interpreter is a script', () => {
    expect(loss(file(`#!${file('#!/bin/sh\n')}\n`))).toBeUndefined();
  });
});

describe('execve might fail on', () => {
  test.each([
    ['a text', 'echo hello\n'],
    ['nothing', ''],
    ['a missing interpreter', '#!/no/such/interpreter\n'],
    ['a relative interpreter', '#!sh\n'],
    ['no interpreter', '#!\n'],
    ['an interpreter that is a text', `#!/etc/passwd\n`],
    ['a line longer than is read', `#!/${'a'.repeat(300)}\n`],
  ])('%s', (_, content) => {
    expect(loss(file(content))).toBeDefined();
  });

  test.each([
    ['another architecture', (elf: Buffer) => elf.writeUInt16LE(0xf3f3, 18)],
    ['another word size', (elf: Buffer) => elf.writeUInt8(1, 4)],
    ['no program but an object file', (elf: Buffer) => elf.writeUInt16LE(1, 16)],
    ['a table beyond the file', (elf: Buffer) => elf.writeBigUInt64LE(1n << 40n, 32)],
    ['a loader that is not there', (elf: Buffer) => elf.write('/lib_', elf.indexOf('/lib'))],
  ])('an ELF file: %s', (_, damage) => {
    const elf = Buffer.from(readFileSync('/bin/sh'));
    const before = file(elf);
    expect(loss(before)).toBeUndefined();
    damage(elf);
    expect(loss(file(elf))).toBeDefined();
  });

  test('a string of 131,072 bytes with its NUL, and not one less', () => {
    const fits = 'x'.repeat(131_071);
    expect(loss('/bin/sh', ['sh', `${fits}x`])).toBeDefined();
    expect(loss('/bin/sh', ['sh'], [bytes(`${fits}x`)])).toBeDefined();
    expect(loss('/bin/sh', ['sh', fits])).toBeUndefined();
    expect(spawnSync('/bin/sh', ['-c', ':', fits]).status).toBe(0);
  });

  test('more in all than the system takes', () => {
    const many = Array.from({ length: 100 }, () => bytes('x'.repeat(100_000)));
    expect(loss('/bin/sh', ['sh'], many)).toBeDefined();
  });
});
