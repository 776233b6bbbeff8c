import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryName, thisWriter } from '../../src/store/temporary.ts';
import { directoryWritten, ensureStoreDirectory, writeStoreFile } from '../../src/store/write.ts';
import { faultOf, hasProgram, isRoot, NOBODY, PROGRAM, RUNTIMES, run, sandbox, typeHint } from './sandbox.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const mode = (path: string) => statSync(path).mode & 0o7777;
const listed = (directory: string) => readdirSync(directory).sort();

describe('what is written', () => {
  test('is there whole, with the mode asked for, and nothing lies beside it', () => {
    const directory = sandbox();
    const path = join(directory, 'file');
    for (const [text, wanted] of [
      ['first', 0o600],
      ['', 0o644],
      ['x'.repeat(3_000_000), 0o600],
    ] as const) {
      writeStoreFile(path, bytes(text), { mode: wanted });
      expect(readFileSync(path, 'utf8') === text).toBe(true);
      expect(mode(path)).toBe(wanted);
      expect(listed(directory)).toEqual(['file']);
    }
  });

  test('has that mode whatever the umask is', () => {
    const directory = sandbox();
    for (const umask of ['000', '077', '777']) {
      const program = `umask ${umask}; exec "$@"`;
      const args = [process.execPath, PROGRAM, 'write', join(directory, 'file'), 'text'];
      expect(spawnSync('sh', ['-c', program, 'sh', ...args], { encoding: 'utf8' }).stdout).toBe(
        '{"done":"written"}\n',
      );
      expect(mode(join(directory, 'file'))).toBe(0o600);
    }
  });

  test('a directory is 0700 with the parents that it lacked, however open the umask is', () => {
    const directory = sandbox();
    const made = join(directory, '.config', 'pqc-secrets');
    spawnSync('sh', ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, PROGRAM, 'mkdir', made]);
    expect([mode(made), mode(join(directory, '.config'))]).toEqual([0o700, 0o700]);
  });

  test('keeps the former file as a backup of mode 0600, and none where there was none', () => {
    const directory = sandbox();
    const path = join(directory, 'b.json');
    const write = (text: string) => writeStoreFile(path, bytes(text), { mode: 0o600, backup: 'b.json.bak' });
    write('one');
    expect(listed(directory)).toEqual(['b.json']);
    chmodSync(path, 0o644);
    write('two');
    expect(listed(directory)).toEqual(['b.json', 'b.json.bak']);
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe('one');
    expect(mode(`${path}.bak`)).toBe(0o600);
    write('three');
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe('two');
    expect(readFileSync(path, 'utf8')).toBe('three');
  });

  test('goes through symbolic links, relative ones, links to links, and one whose target is not there yet', () => {
    const directory = sandbox();
    mkdirSync(join(directory, 'repo'));
    mkdirSync(join(directory, 'config'));
    const target = join(directory, 'repo', 'real.json');
    symlinkSync('../repo/middle.json', join(directory, 'config', 'link.json'));
    symlinkSync(target, join(directory, 'repo', 'middle.json'));
    const link = join(directory, 'config', 'link.json');
    expect(directoryWritten(link)).toBe(join(directory, 'repo'));
    for (const text of ['one', 'two']) {
      writeStoreFile(link, bytes(text), { mode: 0o600, backup: 'link.json.bak' });
      expect(readFileSync(target, 'utf8')).toBe(text);
      expect(readlinkSync(link)).toBe('../repo/middle.json');
      expect(readlinkSync(join(directory, 'repo', 'middle.json'))).toBe(target);
    }
    expect(readFileSync(join(directory, 'repo', 'link.json.bak'), 'utf8')).toBe('one');
    expect(listed(join(directory, 'config'))).toEqual(['link.json']);
  });

  test('also below a directory that is a link', () => {
    const directory = sandbox();
    mkdirSync(join(directory, 'real'));
    symlinkSync('real', join(directory, 'link'));
    writeStoreFile(join(directory, 'link', 'file'), bytes('text'), { mode: 0o600 });
    expect(readFileSync(join(directory, 'real', 'file'), 'utf8')).toBe('text');
  });
});

describe('what is refused leaves everything as it was', () => {
  test('links in a circle', () => {
    const directory = sandbox();
    symlinkSync('b', join(directory, 'a'));
    symlinkSync('a', join(directory, 'b'));
    expect(faultOf(() => writeStoreFile(join(directory, 'a'), bytes('x'), { mode: 0o600 }))).toEqual({
      code: 'store',
      message: `${directory}/a cannot be written: its symbolic links lead in a circle; nothing was changed`,
      hint: `ls -ld ${directory}`,
    });
    expect(listed(directory)).toEqual(['a', 'b']);
  });

  test('a directory in the place of the file', () => {
    const directory = sandbox();
    mkdirSync(join(directory, 'file'));
    expect(faultOf(() => writeStoreFile(join(directory, 'file'), bytes('x'), { mode: 0o600 }))).toEqual({
      code: 'store',
      message: `${directory}/file cannot be written: it is a directory`,
      hint: `ls -ld ${directory}/file`,
    });
    expect(listed(directory)).toEqual(['file']);
  });

  test('a device or a FIFO, which a rename would replace by a file', () => {
    const path = join(sandbox(), 'fifo');
    execFileSync('mkfifo', [path]);
    expect(faultOf(() => writeStoreFile(path, bytes('x'), { mode: 0o600 })).message).toBe(
      `${path} cannot be written: it is not a regular file`,
    );
    expect(statSync(path).isFIFO()).toBe(true);
  });

  test('a directory that is not there, and the hint makes it', () => {
    const path = join(sandbox(), 'a b', 'file');
    const fault = faultOf(() => writeStoreFile(path, bytes('x'), { mode: 0o600 }));
    expect(fault.message).toBe(
      `${path} cannot be written: its directory does not exist; nothing was changed`,
    );
    typeHint(fault.hint);
    writeStoreFile(path, bytes('x'), { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  test('a file in the place of a directory', () => {
    const directory = sandbox();
    writeFileSync(join(directory, 'file'), '');
    expect(faultOf(() => ensureStoreDirectory(join(directory, 'file'))).message).toBe(
      `${directory}/file cannot be written: a file of that name is in the way; nothing was changed`,
    );
    expect(faultOf(() => ensureStoreDirectory(join(directory, 'file', 'below'))).message).toContain(
      'what should be its directory is a file',
    );
  });

  describe.for(RUNTIMES)('in $name', ({ command }) => {
    test('a file over the limit of sizes, with half of it written', async () => {
      const directory = sandbox();
      const path = join(directory, 'file');
      writeFileSync(path, 'former', { mode: 0o600 });
      const limited = [
        '-c',
        'ulimit -f 8; exec "$@"',
        'sh',
        command,
        PROGRAM,
        'fill',
        path,
        '1000000',
        'file.bak',
      ];
      expect(JSON.parse((await run('bash', limited)).stdout)).toEqual({
        code: 'store',
        message: `${path} cannot be written: it is larger than the limit of file sizes; nothing was changed`,
        hint: 'ulimit -f unlimited',
      });
      expect(readFileSync(path, 'utf8')).toBe('former');
      expect(listed(directory)).toEqual(['file']);
    });

    describe.skipIf(!isRoot)('as root, on file systems of its own', () => {
      test('a full disk, with half of it written', async () => {
        const directory = mounted('tmpfs', 'size=64k');
        const path = join(directory, 'file');
        writeFileSync(path, 'former', { mode: 0o600 });
        const { stdout } = await run(command, [PROGRAM, 'fill', path, '1000000', 'file.bak']);
        const fault = JSON.parse(stdout);
        expect(fault).toEqual({
          code: 'store',
          message: `${path} cannot be written: the disk is full; nothing was changed`,
          hint: `df -h ${directory}`,
        });
        typeHint(fault.hint);
        expect(readFileSync(path, 'utf8')).toBe('former');
        expect(listed(directory)).toEqual(['file']);
      });

      test('a full disk, with the new file written and no room for the backup', async () => {
        const directory = mounted('tmpfs', 'size=64k');
        const path = join(directory, 'file');
        writeFileSync(path, 'f'.repeat(24_000), { mode: 0o600 });
        const { stdout } = await run(command, [PROGRAM, 'fill', path, '24000', 'file.bak']);
        expect(JSON.parse(stdout).message).toBe(
          `${path} cannot be written: the disk is full; nothing was changed`,
        );
        expect(readFileSync(path, 'utf8')).toBe('f'.repeat(24_000));
        expect(listed(directory)).toEqual(['file']);
      });

      test('a read-only file system', async () => {
        const directory = mounted('tmpfs', 'size=64k');
        const path = join(directory, 'file');
        writeFileSync(path, 'former', { mode: 0o600 });
        execFileSync('mount', ['-o', 'remount,ro', directory]);
        expect(JSON.parse((await run(command, [PROGRAM, 'write', path, 'new'])).stdout)).toEqual({
          code: 'store',
          message: `${path} cannot be written: the file system is read-only; nothing was changed`,
          hint: `findmnt -T ${directory}`,
        });
        expect(listed(directory)).toEqual(['file']);
      });
    });

    test.skipIf(isRoot && !hasProgram('setpriv'))('a directory that this user may not write', async () => {
      const directory = sandbox();
      const path = join(directory, 'file');
      writeFileSync(path, 'former', { mode: 0o644 });
      chmodSync(directory, 0o555);
      onTestFinished(() => chmodSync(directory, 0o700));
      const other = isRoot
        ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
        : ['env'];
      const [program = '', ...args] = [...other, command, PROGRAM, 'write', path, 'new'];
      expect(JSON.parse((await run(program, args)).stdout)).toMatchObject({
        code: 'store',
        message: `${path} cannot be written: permission denied; nothing was changed`,
      });
      expect(readFileSync(path, 'utf8')).toBe('former');
      expect(listed(directory)).toEqual(['file']);
    });
  });
});

describe.skipIf(!isRoot)('root in another user’s directory (sudo)', () => {
  test('writes nothing and makes nothing there, and says as whom it can be done', () => {
    const directory = sandbox();
    writeFileSync(join(directory, 'file'), 'former', { mode: 0o600 });
    chownSync(directory, NOBODY, NOBODY);
    const expected = {
      code: 'store',
      message: `${directory} belongs to user ${NOBODY}, and root only reads there`,
      hint: `sudo -u '#${NOBODY}' -i   is a shell of that user, who can write there`,
    };
    expect(faultOf(() => writeStoreFile(join(directory, 'file'), bytes('x'), { mode: 0o600 }))).toEqual(
      expected,
    );
    expect(faultOf(() => writeStoreFile(join(directory, 'new'), bytes('x'), { mode: 0o600 }))).toEqual(
      expected,
    );
    expect(faultOf(() => ensureStoreDirectory(join(directory, '.config', 'pqc-secrets')))).toEqual(expected);
    expect(listed(directory)).toEqual(['file']);
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('former');
  });

  test('nor through a link of its own', () => {
    const [own, foreign] = [sandbox(), sandbox()];
    chownSync(foreign, NOBODY, NOBODY);
    symlinkSync(join(foreign, 'file'), join(own, 'link'));
    expect(faultOf(() => writeStoreFile(join(own, 'link'), bytes('x'), { mode: 0o600 })).message).toBe(
      `${foreign} belongs to user ${NOBODY}, and root only reads there`,
    );
    expect(listed(foreign)).toEqual([]);
  });
});

describe('temporary files that killed writers left', () => {
  const write = (directory: string) =>
    writeStoreFile(join(directory, 'file'), bytes('new'), { mode: 0o600, backup: 'file.bak' });

  test('go with the next write, those for the backup too; those of writers that live stay', () => {
    const directory = sandbox();
    writeFileSync(join(directory, 'file'), 'former');
    const nameFor = (name: string) => temporaryName(name, thisWriter());
    const [mine, backups] = [nameFor('file'), nameFor('file.bak')];
    const dead = (name: string) => name.replace(`.${process.pid}.`, `.${process.pid}.1`);
    const kept = [mine, backups, nameFor('other'), dead(nameFor('other')), '.file.tmp', '.file.0123.tmp'];
    for (const name of [...kept, dead(mine), dead(backups)]) writeFileSync(join(directory, name), 'half');
    write(directory);
    expect(listed(directory)).toEqual([...kept, 'file', 'file.bak'].sort());
  });

  test('of another machine or container go after a day, when nobody can be writing any more', () => {
    const directory = sandbox();
    writeFileSync(join(directory, 'file'), 'former');
    const elsewhere = () => temporaryName('file', { ...thisWriter(), scope: '0123456789abcdef' });
    const [young, old] = [elsewhere(), elsewhere()];
    for (const name of [young, old]) writeFileSync(join(directory, name), 'half');
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(join(directory, old), yesterday, yesterday);
    write(directory);
    expect(listed(directory)).toEqual([young, 'file', 'file.bak'].sort());
  });

  test('have names that fit, however long the file’s is', () => {
    const directory = sandbox();
    const path = join(directory, 'ä'.repeat(127));
    writeStoreFile(path, bytes('x'), { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('x');
  });
});

function mounted(type: string, options: string): string {
  const directory = join(sandbox(), 'mounted');
  mkdirSync(directory);
  execFileSync('mount', ['-t', type, '-o', options, 'none', directory]);
  onTestFinished(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });
  return directory;
}
