/** docs/TEAMS.md as it stands: two members and CI, each in an empty home, and one repository between them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const PAGE = readFileSync(join(root, 'docs', 'TEAMS.md'), 'utf8');

/** The blocks of the page in order, and whose they are. */
const BLOCKS = [...PAGE.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].map(([, who = '', text = '']) => ({
  who,
  text,
}));

const has = (program: string) => spawnSync('which', [program]).status === 0;

interface Member {
  readonly user: User;
  readonly clone: string;
}

/** One who has git, a password manager and psql; psql says what it was given. */
function member(name: string): Member {
  const user = newUser();
  user.write(
    'tools/psql',
    '#!/bin/sh\necho "psql $*: ${PGPASSWORD-nothing}, identity ${PQX_IDENTITY-withheld}"\n',
    0o755,
  );
  user.write('tools/your-password-manager', '#!/bin/sh\nprintf "password-of-%s" "$2"\n', 0o755);
  user.write(
    '.gitconfig',
    `[user]\n\tname = ${name}\n\temail = ${name}@example.org\n[init]\n\tdefaultBranch = main\n`,
  );
  return { user, clone: join(user.home, 'work') };
}

/** Nobody is at the terminal of a test: `pqx trust` is told so. */
function run(
  { user, clone }: Member,
  text: string,
  build: Build,
  env: Readonly<Record<string, string>> = {},
) {
  const line = `set -e\n${text.replace(/^pqx trust$/gm, 'pqx trust --yes')}`;
  const PATH = `${user.home}/tools:${user.env['PATH']}`;
  return user.shell(line, { build, cwd: clone, env: { PATH, ...env } });
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test.skipIf(!has('git'))('the page on teams, from empty homes to the end (needs git)', () => {
    const first = member('first');
    const second = member('second');
    const ci = member('ci');
    const origin = join(first.user.home, 'origin.git');
    mkdirSync(first.clone);
    const ok = (who: Member, text: string, env?: Readonly<Record<string, string>>) => {
      const result = run(who, text, build, env);
      expect({ text, status: result.status, stderr: result.status === 0 ? '' : result.stderr }).toEqual({
        text,
        status: 0,
        stderr: '',
      });
      return result;
    };
    ok(
      first,
      `git init -q --bare ${origin}; git init -q; git remote add origin ${origin}; git config push.autoSetupRemote true`,
    );
    const clone = (who: Member) =>
      spawnSync('git', ['clone', '-q', origin, who.clone], { env: { ...who.user.env } });
    const next = blocks();

    ok(first, next('first'));
    expect(ok(first, next('first')).stdout).toContain(
      'psql -h db.internal: password-of-database, identity withheld\n',
    );
    ok(first, next('first'));
    const files = ok(first, 'git ls-files').stdout.split('\n').slice(0, -1);
    expect(files).toEqual(['.gitignore', '.pqx.yaml', 'secrets.bundle.json']);
    expect(ok(first, 'git grep -c password-of || true').stdout).toBe('');

    // A colleague: before trust nothing, before the recipient is added nothing either.
    clone(second);
    ok(second, next('second'));
    const untrusted = run(second, 'pqx psql -h db.internal', build);
    expect([untrusted.status, untrusted.stdout]).toEqual([125, '']);
    expect(untrusted.stderr).toContain('that file is not trusted\n  hint: pqx trust');
    const early = run(second, 'pqx trust\npqx psql -h db.internal', build);
    expect(early.status).toBe(125);
    expect(early.stderr).toMatch(/not for this identity|is for /);
    ok(second, 'pqx untrust');
    first.user.write('work/second-laptop.pub', readFileSync(join(second.clone, 'second-laptop.pub')));
    expect(ok(first, next('first')).stdout).toMatch(/first-laptop .*\nsecond-laptop /);
    expect(ok(second, next('second')).stdout).toContain(
      'psql -h db.internal: password-of-database, identity withheld\n',
    );

    // CI: an identity from its secret; no file is made for it.
    ok(first, next('first'));
    const store = readFileSync(join(first.clone, 'ci-identity'), 'utf8').trim();
    clone(ci);
    const job = next('ci');
    expect(ok(ci, job, { PQX_IDENTITY: store }).stdout).toBe(
      'psql -h db.internal: password-of-database, identity withheld\n',
    );
    expect(existsSync(ci.user.config)).toBe(false);
    expect(run(ci, 'pqx psql -h db.internal', build).status).toBe(125);

    // Whoever is removed goes on without what is new; the others go on as they were.
    const removed = ok(first, next('first'));
    expect(removed.stderr).toContain('Change them at their providers:\n  DATABASE_PASSWORD\n');
    ok(second, 'git pull -q');
    expect(run(second, 'pqx psql -h db.internal', build).status).toBe(125);
    expect(ok(first, 'pqx psql -h db.internal').stdout).toContain('password-of-new-database');
    ok(ci, 'git pull -q');
    expect(ok(ci, job, { PQX_IDENTITY: store }).stdout).toContain('password-of-new-database');
    expect(next()).toBe('');
  });
});

/** Hands out the blocks one by one, each to the one that it is of; the empty text behind the last. */
function blocks(): (who?: string) => string {
  const rest = [...BLOCKS];
  return (who) => {
    const block = rest.shift();
    expect(block?.who).toBe(who);
    return block?.text ?? '';
  };
}

test('a reader gets from the README to the page', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('(docs/TEAMS.md)');
});
