/** Where a command is found, against what execvp(3) and the design say. Real files in a throw-away directory. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findCommand, obstacleFault } from '../../src/launch/resolve.ts';

interface Place {
  readonly root: string;
  /** Makes a file below the place; 0755 unless said. */
  program(path: string, mode?: number): string;
  directory(path: string, mode?: number): string;
}

function newPlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-resolve-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const directory = (path: string, mode = 0o755) => {
    mkdirSync(join(root, path), { recursive: true });
    chmodSync(join(root, path), mode);
    return join(root, path);
  };
  const program = (path: string, mode = 0o755) => {
    directory(dirname(path));
    writeFileSync(join(root, path), '#!/bin/sh\n');
    chmodSync(join(root, path), mode);
    return join(root, path);
  };
  return { root, program, directory };
}

const find = (typed: string, PATH: string | undefined, cwd: string, home?: string) =>
  findCommand(typed, PATH, cwd, home);

describe('the search in PATH', () => {
  test('the first executable file wins, and keeps the path by which it was found', () => {
    const place = newPlace();
    place.program('b/tool');
    place.program('c/tool');
    symlinkSync('../c/tool', join(place.directory('a'), 'tool'));
    const found = find('tool', `${place.root}/none:${place.root}/a:${place.root}/b`, '/');
    expect(found).toEqual({
      typed: 'tool',
      path: `${place.root}/a/tool`,
      through: 'path',
      spelling: `${place.root}/a/tool`,
      obstacle: undefined,
    });
  });

  test('what may not be executed and directories are passed over', () => {
    const place = newPlace();
    place.program('a/tool', 0o644);
    place.directory('b/tool');
    const real = place.program('c/tool');
    expect(find('tool', ['a', 'b', 'c'].map((name) => join(place.root, name)).join(':'), '/').path).toBe(
      real,
    );
  });

  test('a dangling link is passed over', () => {
    const place = newPlace();
    symlinkSync('nowhere', join(place.directory('a'), 'tool'));
    const real = place.program('b/tool');
    expect(find('tool', `${place.root}/a:${place.root}/b`, '/').path).toBe(real);
    expect(find('tool', `${place.root}/a`, '/').obstacle?.kind).toBe('missing');
  });

  test('an element that is a file is passed over', () => {
    const place = newPlace();
    const file = place.program('a');
    const real = place.program('b/tool');
    expect(find('tool', `${file}:${place.root}/b`, '/').path).toBe(real);
    expect(find('tool', file, '/').obstacle?.kind).not.toBeUndefined();
  });

  test('without PATH it is /bin and /usr/bin', () => {
    expect(find('sh', undefined, '/').path).toBe('/bin/sh');
  });

  test('an empty PATH is the working directory; empty and relative elements are `inside`', () => {
    const place = newPlace();
    const previous = process.cwd();
    onTestFinished(() => process.chdir(previous));
    place.program('tool');
    place.program('bin/other');
    process.chdir(place.root);
    expect(find('tool', '', place.root)).toMatchObject({
      path: `${place.root}/tool`,
      through: 'inside',
      spelling: 'tool',
    });
    expect(find('tool', '/none:', place.root)).toMatchObject({ through: 'inside', spelling: 'tool' });
    expect(find('tool', '.', place.root)).toMatchObject({
      path: `${place.root}/tool`,
      through: 'inside',
      spelling: './tool',
    });
    expect(find('other', 'bin', place.root)).toMatchObject({
      path: `${place.root}/bin/other`,
      through: 'inside',
      spelling: 'bin/other',
    });
  });

  test('a name of bytes that are not UTF-8 is found', () => {
    const place = newPlace();
    const name = Buffer.concat([Buffer.from(`${place.root}/t`), Buffer.from([0xff])]);
    writeFileSync(name, '');
    chmodSync(name, 0o755);
    expect(find('t\udcff', place.root, '/').path).toBe(`${place.root}/t\udcff`);
  });
});

describe('a command with a slash', () => {
  test('is a path, absolute without . and empty parts, links not followed', () => {
    const place = newPlace();
    const real = place.program('a/tool');
    symlinkSync('tool', join(place.root, 'a', 'link'));
    expect(find(`${place.root}//a/./link`, '/bin', '/')).toMatchObject({
      path: `${place.root}/a/link`,
      through: 'typed',
      spelling: `${place.root}//a/./link`,
      obstacle: undefined,
    });
    expect(find(real, '/bin', '/').path).toBe(real);
  });

  test('`..` behind a link leads where the system goes, and not where the text seems to', () => {
    const place = newPlace();
    const real = place.program('far/away/tool');
    place.directory('far/away/deep');
    symlinkSync('far/away/deep', join(place.root, 'link'));
    expect(find(`${place.root}/link/../tool`, '/bin', '/').path).toBe(real);
  });
});

describe('what a clone brings is not found through PATH', () => {
  test.each([
    ['node_modules/.bin of a repository', 'repo/node_modules/.bin', 'repo/src', ['repo/.git']],
    ['any directory of a repository', 'repo/tools', 'repo', ['repo/.git']],
    [
      'the outer repository of a nested one',
      'repo/tools',
      'repo/vendor/inner',
      ['repo/.git', 'repo/vendor/inner/.git'],
    ],
    ['node_modules/.bin without a repository', 'repo/node_modules/.bin', 'repo/src', []],
    ['another version control', 'repo/bin', 'repo', ['repo/.hg']],
  ])('%s', (_, element, cwd, marks) => {
    const place = newPlace();
    for (const mark of marks) place.directory(mark);
    place.directory(cwd);
    place.program(`${element}/claude`);
    expect(find('claude', join(place.root, element), join(place.root, cwd)).through).toBe('inside');
  });

  test.each([
    ['a directory outside the repository', 'bin', 'repo', ['repo/.git'], undefined],
    ['a name that only begins alike', 'repository/bin', 'repo', ['repo/.git'], undefined],
    [
      'the home directory, even when it is a repository',
      'home/.local/bin',
      'home/work',
      ['home/.git'],
      'home',
    ],
    ['the working directory itself when it is the home directory', 'home/bin', 'home', [], 'home'],
    ['no repository at all', 'plain/bin', 'plain', [], undefined],
  ])('but: %s', (_, element, cwd, marks, home) => {
    const place = newPlace();
    for (const mark of marks) place.directory(mark);
    place.directory(cwd);
    place.program(`${element}/claude`);
    const homePath = home === undefined ? undefined : join(place.root, home);
    expect(find('claude', join(place.root, element), join(place.root, cwd), homePath).through).toBe('path');
  });

  test('also when PATH reaches it through a link, or ends in a slash', () => {
    const place = newPlace();
    place.directory('repo/.git');
    place.program('repo/bin/claude');
    symlinkSync('repo/bin', join(place.root, 'link'));
    const cwd = join(place.root, 'repo');
    expect(find('claude', `${place.root}/link`, cwd).through).toBe('inside');
    expect(find('claude', `${place.root}/repo/bin/`, cwd).through).toBe('inside');
  });
});

describe('what stands in the way', () => {
  test('missing: not-found, with a hint that can be typed', () => {
    const fault = obstacleFault(find('no-such-program', '/bin:/usr/bin', '/'));
    expect(fault).toMatchObject({
      code: 'not-found',
      message: 'no-such-program: command not found',
      hint: 'command -v no-such-program',
    });
    expect(obstacleFault(find('./no such', '/bin', '/'))).toMatchObject({
      code: 'not-found',
      hint: "ls -ld './no such'",
    });
    expect(obstacleFault(find('', '/bin', '/'))?.code).toBe('not-found');
  });

  test('found, but not executable', () => {
    const place = newPlace();
    const plain = place.program('a/tool', 0o644);
    expect(obstacleFault(find('tool', dirname(plain), '/'))).toMatchObject({
      code: 'not-executable',
      message: `${plain} may not be executed`,
      hint: `chmod +x ${plain}`,
    });
    expect(obstacleFault(find(dirname(plain), '/bin', '/'))).toMatchObject({
      code: 'not-executable',
      message: `${dirname(plain)} is a directory`,
    });
    expect(obstacleFault(find('/dev/null', '/bin', '/'))?.message).toBe('/dev/null is not a regular file');
    expect(obstacleFault(find(`${plain}/below`, '/bin', '/'))?.code).toBe('not-executable');
  });

  test('a file that others can write', () => {
    const place = newPlace();
    const open = place.program('a/tool', 0o777);
    expect(obstacleFault(find('tool', dirname(open), '/'))).toMatchObject({
      code: 'unsafe',
      message: `others can write ${open}, and so put another program there`,
      hint: `chmod go-w ${open}`,
    });
    expect(obstacleFault(find(open, '/bin', '/'))?.code).toBe('unsafe');
    chmodSync(open, 0o755);
    expect(obstacleFault(find(open, '/bin', '/'))).toBeUndefined();
  });

  test('a file that others can write behind a link', () => {
    const place = newPlace();
    const open = place.program('a/tool', 0o757);
    symlinkSync(open, join(place.directory('b'), 'tool'));
    expect(obstacleFault(find('tool', `${place.root}/b`, '/'))?.code).toBe('unsafe');
  });

  test('a directory in which others can put another file, but not a sticky one', () => {
    const place = newPlace();
    const tool = place.program('a/tool');
    chmodSync(dirname(tool), 0o777);
    expect(obstacleFault(find(tool, '/bin', '/'))).toMatchObject({
      code: 'unsafe',
      hint: `chmod go-w ${dirname(tool)}`,
    });
    chmodSync(dirname(tool), 0o1777);
    expect(obstacleFault(find(tool, '/bin', '/'))).toBeUndefined();
  });

  test('a control character in a name is shown escaped', () => {
    const fault = obstacleFault(find('a\u001b[31m', '/bin', '/'));
    expect(fault?.message).toBe('a\\x1b[31m: command not found');
    expect(fault?.hint).not.toContain('\u001b');
  });

  test('pqx itself is passed over in PATH, under any name, and refused as a path', () => {
    const place = newPlace();
    const self = place.program('own/pqx.mjs');
    const previous = process.argv[1] ?? '';
    onTestFinished(() => {
      process.argv[1] = previous;
    });
    process.argv[1] = self;
    const real = place.program('real/claude');
    linkSync(self, join(place.directory('shims'), 'claude'));
    symlinkSync(self, join(place.directory('links'), 'claude'));
    const PATH = ['shims', 'links', 'real'].map((name) => join(place.root, name)).join(':');
    expect(find('claude', PATH, '/').path).toBe(real);
    expect(obstacleFault(find('claude', `${place.root}/shims`, '/'))).toMatchObject({ code: 'launch' });
    expect(obstacleFault(find(self, '/bin', '/'))?.message).toBe(
      `${self} is pqx itself, which would start itself again`,
    );
  });
});
