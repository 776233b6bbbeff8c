import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isMissing } from '../../src/fault.ts';
import { existsInStore, FILE_LIMIT, readStoreFile } from '../../src/store/read.ts';
import { faultOf, hasProgram, isRoot, NOBODY, PROGRAM, RUNTIMES, run, sandbox, typeHint } from './sandbox.ts';

/** A file with `mode` in a directory of its own with `directoryMode`. */
function file(mode = 0o600, { directoryMode = 0o700, text = 'content' } = {}): string {
  const directory = join(sandbox(), "it's here");
  mkdirSync(directory);
  const path = join(directory, 'file');
  writeFileSync(path, text);
  chmodSync(path, mode);
  chmodSync(directory, directoryMode);
  return path;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('what is read', () => {
  test.for(['', 'x', 'y'.repeat(100_000)])('the whole file, whatever its size', (content) => {
    expect(text(readStoreFile(file(0o600, { text: content }), 'key', 1_000_000))).toBe(content);
  });

  test('files under /proc, which claim to be empty', () => {
    expect(text(readStoreFile('/proc/self/limits', 'plain', 1_000_000))).toContain('Max open files');
  });

  test('a file of exactly the limit, and none of a byte more', () => {
    const path = file();
    truncateSync(path, 5000);
    expect(readStoreFile(path, 'plain', 5000).length).toBe(5000);
    expect(faultOf(() => readStoreFile(path, 'plain', 4999))).toMatchObject({
      code: 'store',
      message: `${path} is larger than 4999 bytes`,
    });
    truncateSync(path, FILE_LIMIT + 1);
    expect(faultOf(() => readStoreFile(path, 'key', FILE_LIMIT)).message).toBe(
      `${path} is larger than 16777216 bytes`,
    );
    expect(faultOf(() => readStoreFile('/proc/self/limits', 'plain', 10)).message).toBe(
      '/proc/self/limits is larger than 10 bytes',
    );
  });

  test('a missing file, or one below a file, is the system’s own error', () => {
    const path = file();
    for (const gone of [`${path}.gone`, `${path}/below`]) {
      expect(() => readStoreFile(gone, 'key', 10)).toThrow(expect.toSatisfy(isMissing));
      expect(existsInStore(gone)).toBe(false);
    }
    expect(existsInStore(path)).toBe(true);
  });
});

describe('what is not a file', () => {
  test('a directory', () => {
    const directory = sandbox();
    expect(faultOf(() => readStoreFile(directory, 'key', 10))).toEqual({
      code: 'store',
      message: `${directory} is a directory, not a file`,
      hint: `ls -ld ${directory}`,
    });
  });

  test('a FIFO that nobody writes to, without waiting for anybody', () => {
    const path = join(sandbox(), 'fifo');
    execFileSync('mkfifo', ['-m', '600', path]);
    expect(faultOf(() => readStoreFile(path, 'key', 10)).message).toBe(`${path} is not a regular file`);
  });

  test('a device', () => {
    expect(faultOf(() => readStoreFile('/dev/zero', 'plain', 10)).message).toBe(
      '/dev/zero is not a regular file',
    );
  });

  test('links that lead in a circle', () => {
    const directory = sandbox();
    symlinkSync('b', join(directory, 'a'));
    symlinkSync('a', join(directory, 'b'));
    expect(faultOf(() => readStoreFile(join(directory, 'a'), 'plain', 10)).message).toContain('ELOOP');
  });
});

describe('who else may read or write it', () => {
  const others = [
    { policy: 'key', mode: 0o640, what: 'read', mended: '600' },
    { policy: 'key', mode: 0o604, what: 'read', mended: '600' },
    { policy: 'key', mode: 0o620, what: 'write', mended: '600' },
    { policy: 'key', mode: 0o601, what: 'read', mended: '600' },
    { policy: 'trusted', mode: 0o664, what: 'write', mended: 'go-w' },
    { policy: 'trusted', mode: 0o602, what: 'write', mended: 'go-w' },
  ] as const;

  test.for(others)('$policy, mode $mode: others can $what it, and the hint mends it', (one) => {
    const path = file(one.mode);
    const fault = faultOf(() => readStoreFile(path, one.policy, 100));
    expect(fault).toEqual({
      code: 'unsafe',
      message: `others can ${one.what} ${path}`,
      hint: `chmod ${one.mended} '${path.replace("'", String.raw`'\''`)}'`,
    });
    typeHint(fault.hint);
    expect(text(readStoreFile(path, one.policy, 100))).toBe('content');
  });

  test.for([
    ['key', 0o600],
    ['key', 0o400],
    ['key', 0o700],
    ['trusted', 0o644],
    ['plain', 0o666],
  ] as const)('%s takes mode %i', ([policy, mode]) => {
    expect(text(readStoreFile(file(mode), policy, 100))).toBe('content');
  });

  test.for([
    ['key', 0o770],
    ['key', 0o702],
    ['key', 0o1777],
    ['trusted', 0o720],
  ] as const)('%s refuses a directory of mode %i, and the hint mends it', ([policy, directoryMode]) => {
    const path = file(0o600, { directoryMode });
    const fault = faultOf(() => readStoreFile(path, policy, 100));
    expect(fault.code).toBe('unsafe');
    expect(fault.message).toBe(`others can write the directory ${path.slice(0, -'/file'.length)}`);
    typeHint(fault.hint);
    expect(text(readStoreFile(path, policy, 100))).toBe('content');
  });

  test('a directory that others may only look into is good enough, and a bundle may lie anywhere', () => {
    expect(text(readStoreFile(file(0o600, { directoryMode: 0o755 }), 'key', 100))).toBe('content');
    expect(text(readStoreFile(file(0o666, { directoryMode: 0o777 }), 'plain', 100))).toBe('content');
  });

  test('behind a link it is the target that counts, and the directory that it lies in', () => {
    const safe = file();
    const link = join(sandbox(), 'link');
    symlinkSync(safe, link);
    expect(text(readStoreFile(link, 'key', 100))).toBe('content');
    chmodSync(safe, 0o644);
    expect(faultOf(() => readStoreFile(link, 'key', 100)).message).toBe(`others can read ${link}`);
    const open = file(0o600, { directoryMode: 0o777 });
    const other = join(sandbox(), 'link');
    symlinkSync(open, other);
    expect(faultOf(() => readStoreFile(other, 'key', 100)).message).toBe(
      `others can write the directory ${open.slice(0, -'/file'.length)}`,
    );
  });
});

describe.for(RUNTIMES)('in $name', ({ command }) => {
  const read = async (path: string, policy: string) => {
    const { stdout, stderr } = await run(command, [PROGRAM, 'read', path, policy]);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test('the same is read, and the same refused', async () => {
    const path = file(0o600, { text: 'é'.repeat(50_000) });
    expect(await read(path, 'key')).toEqual({ done: 'é'.repeat(50_000) });
    chmodSync(path, 0o640);
    expect(await read(path, 'key')).toEqual(faultOf(() => readStoreFile(path, 'key', 1_000_000)));
    expect(await read(path, 'trusted')).toMatchObject({ done: expect.any(String) });
    chmodSync(path.slice(0, -'/file'.length), 0o777);
    expect(await read(path, 'trusted')).toEqual(faultOf(() => readStoreFile(path, 'trusted', 1_000_000)));
    truncateSync(path, 2_000_000);
    expect(await read(path, 'plain')).toMatchObject({ message: `${path} is larger than 1048576 bytes` });
  });

  test('a directory and a FIFO are said to be none', async () => {
    const directory = sandbox();
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect(await read(directory, 'plain')).toMatchObject({
      message: `${directory} is a directory, not a file`,
    });
    expect(await read(fifo, 'plain')).toMatchObject({ message: `${fifo} is not a regular file` });
  });
});

describe.skipIf(!isRoot)('whose it is (as root)', () => {
  test('root takes its own, and in another user’s directory what is that user’s (sudo)', () => {
    const path = file();
    const directory = path.slice(0, -'/file'.length);
    chownSync(path, NOBODY, NOBODY);
    const fault = faultOf(() => readStoreFile(path, 'key', 100));
    expect(fault).toMatchObject({
      code: 'unsafe',
      message: `${path} belongs to user ${NOBODY}, who could change it at any time`,
    });
    expect(fault.hint).toContain('sudo chown 0 ');
    chownSync(directory, NOBODY, NOBODY);
    expect(text(readStoreFile(path, 'key', 100))).toBe('content');
    chownSync(path, NOBODY - 1, NOBODY);
    expect(faultOf(() => readStoreFile(path, 'trusted', 100)).message).toContain(
      `belongs to user ${NOBODY - 1}`,
    );
    chownSync(path, 0, 0);
    expect(text(readStoreFile(path, 'key', 100))).toBe('content');
  });

  describe.skipIf(!hasProgram('setpriv')).for(RUNTIMES)('another user in $name (setpriv)', ({ command }) => {
    const asNobody = async (...args: string[]) => {
      const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const ended = await run('setpriv', [...ids, command, PROGRAM, ...args]);
      expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
      return JSON.parse(ended.stdout);
    };

    test('takes what is its own or root’s, and refuses a third one’s', async () => {
      const directory = sandbox();
      const path = join(directory, 'file');
      writeFileSync(path, 'content', { mode: 0o644 });
      chmodSync(directory, 0o755);
      expect(await asNobody('read', path, 'trusted')).toEqual({ done: 'content' });
      chownSync(path, NOBODY - 1, NOBODY);
      expect(await asNobody('read', path, 'trusted')).toMatchObject({
        code: 'unsafe',
        message: `${path} belongs to user ${NOBODY - 1}, who could change it at any time`,
      });
      expect(await asNobody('read', path, 'plain')).toEqual({ done: 'content' });
      chownSync(path, NOBODY, NOBODY);
      chownSync(directory, NOBODY - 1, NOBODY);
      expect(await asNobody('read', path, 'trusted')).toMatchObject({
        code: 'unsafe',
        message: `${directory} belongs to user ${NOBODY - 1}, who could change it at any time`,
      });
    });

    test('is told what it may not read', async () => {
      const path = file();
      expect(await asNobody('read', path, 'key')).toMatchObject({
        code: 'store',
        message: `${path} cannot be read: permission denied`,
      });
    });
  });
});
