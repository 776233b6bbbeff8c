/** Disks that are full, directories that are not ours, links and modes: as the words meet them. Both builds. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasProgram, isRoot, NOBODY, typeHint } from '../store/sandbox.ts';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const KEYS = 'A=one\nB=two\n';
const BUNDLE = 'secrets.bundle.json';

function ready(): User {
  const user = newUser();
  user.ok(['init', '--label', 'own']);
  user.ok(['pack'], { input: KEYS });
  user.ok(['verify']);
  user.ok(['keygen', '--stdout', '--pub', 'bob.pub', '--reveal']);
  user.ok(['recipients', 'add', 'bob.pub', '--label', 'bob']);
  return user;
}

function valuesOf(user: User): unknown {
  return JSON.parse(user.ok(['export', '--format', 'json']).stdout);
}

/** Everything in the config directory, byte for byte; the cache of profiles comes and goes. */
function contents(user: User): ReadonlyMap<string, string> {
  const files = readdirSync(user.config, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [name, readFileSync(join(user.config, name), 'hex')]));
}

/** Words that write, and what they are given. */
const WRITING: readonly { readonly args: readonly string[]; readonly input: string }[] = [
  { args: ['set', 'A'], input: 'new' },
  { args: ['pack', '--replace'], input: 'C=three\n' },
  { args: ['unset', 'A'], input: '' },
  { args: ['rename', 'A', 'C'], input: '' },
  { args: ['recipients', 'remove', 'bob'], input: '' },
  { args: ['rotate'], input: '' },
];

describe.each(BUILD_NAMES)('%s', (build) => {
  describe.skipIf(!isRoot)('as root, on a file system of its own', () => {
    test('a full disk: status 1, nothing changed, and the next word writes once there is room', () => {
      const user = ready();
      onFileSystem(user, 'size=256k');
      const before = contents(user);
      const ballast = join(user.config, 'ballast');
      // A page is left: enough to begin a file, not to end one.
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
      truncateSync(ballast, statSync(ballast).size - 4096);
      for (const { args, input } of WRITING) {
        const result = user.pqx(args, { build, input });
        expect(result.status, args.join(' ')).toBe(1);
        expect(result.stderr).toMatch(
          /^pqx: .*\/.* cannot be written: the disk is full; nothing was changed\n {2}hint: df -h /m,
        );
      }
      rmSync(ballast);
      const after = contents(user);
      expect(new Map([...after].filter(([name]) => before.has(name)))).toEqual(before);
      expect([...after.keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(valuesOf(user)).toEqual({ A: 'one', B: 'two' });
      user.ok(['set', 'A'], { build, input: 'new' });
      expect(valuesOf(user)).toEqual({ A: 'new', B: 'two' });
    });

    test('a read-only file system: words that read do, words that write say why they do not', () => {
      const user = ready();
      onFileSystem(user, 'size=256k');
      execFileSync('mount', ['-o', 'remount,ro', user.config]);
      expect(user.ok(['verify'], { build }).stdout).toBe('Bundle valid: 2 keys\nA\nB\n');
      expect(user.ok(['get', 'A'], { build }).stdout).toBe('one');
      for (const { args, input } of WRITING) {
        const result = user.pqx(args, { build, input });
        expect(result.status, args.join(' ')).toBe(1);
        expect(result.stderr).toContain(
          'cannot be written: the file system is read-only; nothing was changed',
        );
        expect(result.stderr).toContain(`hint: findmnt -T ${user.config}`);
      }
    });

    test('sudo: root reads what belongs to another user, and writes nothing there', () => {
      const user = ready();
      const before = contents(user);
      spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, user.home]);
      expect(user.ok(['verify'], { build }).stdout).toBe('Bundle valid: 2 keys\nA\nB\n');
      for (const { args, input } of WRITING) {
        const result = user.pqx(args, { build, input });
        expect(result.status).toBe(1);
        expect(result.stderr).toBe(
          `pqx: ${user.config} belongs to user ${NOBODY}, and root only reads there\n` +
            `  hint: sudo -u '#${NOBODY}' -i   is a shell of that user, who can write there\n`,
        );
      }
      expect(contents(user)).toEqual(before);
    });
  });

  test.skipIf(isRoot && !hasProgram('setpriv'))('a directory that this user may not write', () => {
    const user = ready();
    if (isRoot) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, user.home]);
    chmodSync(user.config, 0o500);
    onTestFinished(() => chmodSync(user.config, 0o700));
    expect(asPlainUser(user, build, ['verify']).stdout).toBe('Bundle valid: 2 keys\nA\nB\n');
    for (const { args, input } of WRITING) {
      const result = asPlainUser(user, build, args, input);
      expect(result.status, args.join(' ')).toBe(1);
      expect(result.stderr).toContain('cannot be written: permission denied; nothing was changed');
    }
    expect(asPlainUser(user, build, ['get', 'A']).stdout).toBe('one');
  });

  test('a symlinked bundle is written through to its target, whose directory gets the backup', () => {
    const user = ready();
    const repository = join(user.home, 'repository');
    mkdirSync(repository, { mode: 0o700 });
    const [link, target] = [join(user.config, BUNDLE), join(repository, BUNDLE)];
    renameSync(link, target);
    rmSync(`${link}.bak`);
    symlinkSync('../../repository/secrets.bundle.json', link);
    const former = readFileSync(target);
    user.ok(['set', 'A'], { build, input: 'new' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(`${target}.bak`)).toEqual(former);
    expect(existsSync(`${link}.bak`)).toBe(false);
    user.ok(['pack', '--merge'], { build, input: 'C=three\n' });
    user.ok(['rename', 'B', 'D'], { build });
    user.ok(['recipients', 'remove', 'bob'], { build });
    user.ok(['rotate'], { build });
    expect(valuesOf(user)).toEqual({ A: 'new', C: 'three', D: 'two' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    user.ok(['rotate', '--purge'], { build });
    expect(readdirSync(repository).sort()).toEqual([BUNDLE]);
  });

  test('a link whose target is not there yet becomes the bundle', () => {
    const user = newUser();
    user.ok(['keygen']);
    mkdirSync(join(user.home, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(user.home, 'elsewhere/b.json'), join(user.config, BUNDLE));
    user.ok(['set', 'A'], { build, input: 'one' });
    expect(statSync(join(user.home, 'elsewhere/b.json')).isFile()).toBe(true);
    expect(user.ok(['get', 'A'], { build }).stdout).toBe('one');
  });

  test.each([
    ['private.key.enc', 0o640, 'others can read'],
    ['machine.kek', 0o604, 'others can read'],
    ['private.key.enc', 0o660, 'others can write'],
    ['known.json', 0o666, 'others can write'],
  ])('%s with mode %o is refused, and the chmod that is said mends it', (name, mode, what) => {
    const user = ready();
    const path = join(user.config, name);
    chmodSync(path, mode);
    for (const args of [['set', 'C'], ['get', 'A'], ['verify']]) {
      const { status, stdout, stderr } = user.pqx(args, { build, input: 'three' });
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`^pqx: ${what} ${path}\n  hint: chmod \\S+ ${path}\n$`));
    }
    typeHint(/hint: (.*)/.exec(user.pqx(['verify'], { build }).stderr)?.[1]);
    user.ok(['set', 'C'], { build, input: 'three' });
    expect(valuesOf(user)).toEqual({ A: 'one', B: 'two', C: 'three' });
  });

  test('a config directory that others can write is refused', () => {
    const user = ready();
    chmodSync(user.config, 0o777);
    const { status, stderr } = user.pqx(['set', 'A'], { build, input: 'new' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `pqx: others can write the directory ${user.config}\n  hint: chmod go-w ${user.config}\n`,
    );
  });

  test.skipIf(!isRoot || !hasProgram('setpriv'))('a key file of another user is refused', () => {
    const user = ready();
    spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, user.home]);
    chownSync(join(user.config, 'machine.kek'), 1234, NOBODY);
    chmodSync(join(user.config, 'machine.kek'), 0o644);
    const { status, stderr } = asPlainUser(user, build, ['verify']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^pqx: .*machine\.kek belongs to user 1234, who could change it at any time\n {2}hint: sudo chown /,
    );
  });
});

/** Puts the user's config directory on a file system of its own. */
function onFileSystem(user: User, options: string): void {
  const kept = `${user.config}.kept`;
  renameSync(user.config, kept);
  mkdirSync(user.config, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'none', user.config]);
  onTestFinished(() => {
    execFileSync('umount', [user.config]);
  });
  execFileSync('cp', ['-a', `${kept}/.`, user.config]);
  rmSync(join(user.config, 'cache'), { recursive: true, force: true });
}

function asPlainUser(user: User, build: Build, args: readonly string[], input = '') {
  const [program = '', ...rest] = [
    ...(isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : ['env']),
    ...BUILDS[build],
    ...args,
  ];
  const result = spawnSync(program, rest, { env: { ...user.env }, cwd: user.home, input, encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  return result;
}
