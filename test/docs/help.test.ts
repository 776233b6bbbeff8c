/** `help WORD`: every word has examples, and each works as it stands; the man page says the same. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manPage } from '../../src/build/man.ts';
import { helpOf } from '../../src/commands/help.ts';
import { USAGE } from '../../src/commands/usage.ts';
import { allWords, type Word } from '../../src/words.ts';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const PAGE = join(root, 'docs', 'pqx.1');
const has = (program: string) => spawnSync('which', [program]).status === 0;

/** Lines of two spaces that are no list of options: an example to be typed. A comment behind it is not. */
function examplesOf(word: Word): readonly string[] {
  return helpOf(word)
    .split('\n')
    .filter((line) => /^ {2}[^ -]/.test(line))
    .map((line) => line.trim().replace(/ {2,}#.*$/, ''));
}

test.each(allWords())('%s has an example, and is in the usage', (word) => {
  expect(examplesOf(word).length).toBeGreaterThan(0);
  expect(USAGE).toMatch(new RegExp(`\\b${word}\\b`));
});

describe.each(BUILD_NAMES)('%s', (build) => {
  // What needs the keyring of the kernel, which not every machine has, is in test/commands/unlock.test.ts.
  const words = allWords().filter((word) => word !== 'unlock' && word !== 'lock');
  test.each(words)('the examples of %s work', (word) => {
    const user = ready();
    for (const example of examplesOf(word)) {
      if (/\bfish$|\| source/.test(example) && !has('fish')) continue;
      const shell = example.includes('| source') ? `fish --no-config -c '${example}'` : example;
      const result = user.shell(`set -e -o pipefail; ${shell}`, {
        build,
        // Only to what reads it: a shell that ends first would break the pipe.
        ...(/^pqx set \w+$/.test(example) ? { input: 'what is typed\n' } : {}),
        env: { PATH: `${user.home}/tools:${user.env['PATH']}` },
      });
      expect({ example, status: result.status, stderr: result.status === 0 ? '' : result.stderr }).toEqual({
        example,
        status: 0,
        stderr: '',
      });
    }
  });

  test('a mistyped word, option, profile, key or file is answered with the nearest', () => {
    const user = ready();
    const hint = (...args: readonly string[]) =>
      /\n {2}hint: (.*)\n$/.exec(user.pqx(args, { build }).stderr)?.[1];
    expect(hint('help', 'exprot')).toBe('did you mean export?');
    expect(hint('exprot')).toMatch(/^did you mean export\? or else pqx profiles add exprot /);
    expect(hint('cluade')).toMatch(/^did you mean claude\? or else /);
    expect(hint('--profle', 'x', 'claude')).toBe('did you mean --profile or --profiles?');
    expect(hint('export', '--fromat', 'json')).toBe('did you mean --format?');
    expect(hint('profiles', 'chek')).toBe('did you mean check?');
    expect(hint('-p', 'cluade', 'claude')).toBe('did you mean claude?');
    expect(hint('get', 'ZENMUX_API_KYE')).toBe('did you mean ZENMUX_API_KEY?');
    expect(hint('unset', 'OLD_KEZ')).toBe('did you mean OLD_KEY?');
    expect(hint('--env', 'A=OLD_KEZ', 'env')).toBeDefined();
    expect(hint('--profiles', 'profils.yaml', 'claude')).toBe('did you mean profiles.yaml?');
    expect(hint('--bundle', 'tema.json', 'list')).toBe('did you mean team.json?');
    expect(hint('import', '.evn')).toBe('did you mean .env?');
  });
});

test('the man page is made from the same texts', () => {
  // `npm run man` makes it anew.
  expect(readFileSync(PAGE, 'utf8')).toBe(manPage());
  expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"man"');
});

test.skipIf(!has('mandoc'))('the man page is sound (needs mandoc)', () => {
  const { status, stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});

test.skipIf(!has('man'))('man shows it, with every word (needs man-db)', () => {
  const { status, stdout } = spawnSync('man', ['-l', PAGE], {
    encoding: 'utf8',
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      MANPAGER: 'cat',
      MANWIDTH: '120',
      MAN_KEEP_FORMATTING: '0',
    },
  });
  expect(status).toBe(0);
  for (const word of allWords()) expect(stdout).toContain(`pqx ${word}`);
  expect(stdout).toContain(
    'printf \'ZENMUX_API_KEY=%s\\n\' "$(your-password-manager get zenmux)" | pqx pack --merge',
  );
});

/** Everything that an example talks about is there. */
function ready(): User {
  const user = newUser();
  user.ok(['init']);
  for (const name of ['ZENMUX_API_KEY', 'OLD_KEY', 'OLDER_KEY', 'MY_KEY'])
    user.ok(['set', name], { input: 'abcdefgh' });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  claude: { command: claude, env: { A: ZENMUX_API_KEY } }\n',
  );
  for (const tool of ['claude', 'gh']) user.write(`tools/${tool}`, '#!/bin/sh\n', 0o755);
  user.write('tools/your-password-manager', '#!/bin/sh\necho secret\n', 0o755);
  user.write('.ssh/deploy', 'a\nb\n');
  user.write('.env', 'FROM_ENV=x\n');
  user.write('.pqx.yaml', 'version: 1\nprofiles: {}\n');
  user.write(
    'keys.env',
    ['ZENMUX_API_KEY', 'OLD_KEY', 'OLDER_KEY', 'MY_KEY'].map((name) => `${name}=x\n`).join(''),
  );
  user.write('profiles.yaml', 'version: 1\nprofiles: {}\n');
  user.write('team.json', '{}');
  const other = newUser();
  other.ok(['keygen']);
  user.write('colleague.pub', readFileSync(join(other.config, 'recipient.pub')));
  return user;
}
