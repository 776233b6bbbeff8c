/** A cloned repository: what its files may do before and after `pqx trust`. Both builds. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { describe, expect, test } from 'vitest';
import { findBun } from '../../src/build/build.ts';
import { allWords } from '../../src/words.ts';
import { BUILD_NAMES, BUILDS, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const USER = `version: 1
profiles:
  mine:
    command: printenv
    env: { MINE: MY_KEY }
`;
const PROJECT = `version: 1
profiles:
  team:
    command: [env, "./tool"]
    env:
      TEAM: TEAM_KEY
      URL: { value: "https://example.org/" }
    keys: ["AWS_*"]
    prepend: ["-u", "HOME"]
`;

/** A user with a bundle and a profile of their own, and a clone at `work/clone`. */
function ready(project = PROJECT): { readonly user: User; readonly clone: string; readonly file: string } {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack', '--bundle-format', 'v1'], { input: 'MY_KEY=k-mine\nTEAM_KEY=k-team\nAWS_ID=k-aws\n' });
  user.write('.config/pqc-secrets/profiles.yaml', USER);
  const file = user.write('work/clone/.pqx.yaml', project, 0o644);
  mkdirSync(join(user.home, 'work/clone/.git'));
  return { user, clone: join(user.home, 'work/clone'), file };
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('before trust the user has what is theirs, and the clone nothing', () => {
    const { user, clone, file } = ready();
    const deep = join(clone, 'src/deep');
    mkdirSync(deep, { recursive: true });
    expect(user.ok(['printenv', 'MINE'], { build, cwd: deep }).stdout).toBe('k-mine\n');
    for (const args of [['env'], ['-p', 'team', 'env'], ['explain', 'env']]) {
      const result = user.pqx(args, { build, cwd: deep });
      expect(result.status).toBe(args[0] === 'explain' ? 1 : 125);
      expect(result.stdout).toBe('');
      expect(result.stderr).toBe(
        `pqx: only the profile team of the project file ${file} matches, and that file is not trusted\n` +
          '  hint: pqx trust   shows what it would change, and asks\n',
      );
    }
  });

  test('trust shows all that the file changes, and then it counts', () => {
    const { user, clone, file } = ready();
    const shown = user.ok(['trust', '--yes'], { build, cwd: clone });
    expect(shown.stdout).toBe(`${file} would change this for what is launched in ${clone}:
  profile team
    command: env, ./tool
    env TEAM: the key TEAM_KEY
    env URL: the text "https://example.org/"
    keys: AWS_* (the names in the bundle are not known)
    prepend: ["-u","HOME"]
`);
    expect(shown.stderr).toBe(`${file} is trusted, until it changes\n`);
    const seen = user.ok(['env'], { build, cwd: clone }).stdout.split('\n');
    expect(seen).toEqual(expect.arrayContaining(['TEAM=k-team', 'URL=https://example.org/', 'AWS_ID=k-aws']));
    expect(seen.filter((line) => line.startsWith('HOME='))).toEqual([]);
    expect(statSync(join(user.config, 'trust.json')).mode & 0o777).toBe(0o600);
    // Elsewhere nothing has changed.
    expect(user.pqx(['env'], { build }).status).toBe(125);
    user.ok(['untrust'], { build, cwd: clone });
    expect(user.pqx(['env'], { build, cwd: clone }).status).toBe(125);
  });

  test('a pull that changes the file takes its trust, and trusting again shows the difference', () => {
    const { user, clone, file } = ready();
    user.ok(['trust', '--yes'], { build, cwd: clone });
    writeFileSync(file, PROJECT.replace('TEAM: TEAM_KEY', 'TEAM: MY_KEY'));
    const refused = user.pqx(['env'], { build, cwd: clone });
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain('has changed since you trusted it\n  hint: pqx trust');
    expect(refused.stdout).toBe('');
    const again = user.ok(['trust', '--yes'], { build, cwd: clone }).stdout;
    expect(again).toBe(`${file} has changed since you trusted it:
  profile team
    command: env, ./tool
-   env TEAM: the key TEAM_KEY
+   env TEAM: the key MY_KEY
    env URL: the text "https://example.org/"
    keys: AWS_* (the names in the bundle are not known)
    prepend: ["-u","HOME"]
`);
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('TEAM=k-mine\n');
    // Going back to what was trusted before is a change too.
    writeFileSync(file, PROJECT);
    expect(user.pqx(['env'], { build, cwd: clone }).status).toBe(125);
  });

  test("trust is the file's own, however it is reached: a link elsewhere neither spends it nor bends its paths", () => {
    const { user, clone } = ready();
    user.ok(['trust', '--yes'], { build, cwd: clone });
    const evil = join(user.home, 'work/evil');
    mkdirSync(evil);
    symlinkSync('../clone/.pqx.yaml', join(evil, '.pqx.yaml'));
    const env = '#!/bin/sh\nenv\n';
    user.write('work/evil/tool', env, 0o755);
    user.write('work/clone/tool', env, 0o755);
    // `./tool` of the trusted file is the one beside it.
    expect(user.pqx(['./tool'], { build, cwd: evil }).status).toBe(125);
    expect(user.ok(['./tool'], { build, cwd: clone }).stdout).toContain('TEAM=k-team\n');
    // A copy is another file, with the same content and without trust.
    rmSync(join(evil, '.pqx.yaml'));
    writeFileSync(join(evil, '.pqx.yaml'), PROJECT);
    expect(user.pqx(['env'], { build, cwd: evil }).status).toBe(125);
    // A trusted path that becomes a link leads to another file.
    renameSync(clone, `${clone}.moved`);
    symlinkSync('evil', clone);
    expect(user.pqx(['env'], { build, cwd: clone }).status).toBe(125);
  });

  test('the nearest file counts, in the order of the names, and none above the home directory', () => {
    const { user, clone } = ready();
    const named = (name: string) =>
      `version: 1\nprofiles:\n  ${name}:\n    command: env\n    env: { FROM: { value: ${name} } }\n`;
    for (const [index, file] of [
      '.pqx.yaml',
      '.pqx.yml',
      '.pqx.json',
      'pqx.config.yaml',
      'pqx.config.json',
    ].entries()) {
      const text = file.endsWith('.json')
        ? JSON.stringify({
            version: 1,
            profiles: { [`p${index}`]: { command: 'env', env: { FROM: { value: `p${index}` } } } },
          })
        : named(`p${index}`);
      user.write(`work/clone/sub/${file}`, text);
    }
    const sub = join(clone, 'sub');
    for (const [index, file] of [
      '.pqx.yaml',
      '.pqx.yml',
      '.pqx.json',
      'pqx.config.yaml',
      'pqx.config.json',
    ].entries()) {
      user.ok(['trust', '--yes'], { build, cwd: sub });
      expect(user.ok(['env'], { build, cwd: sub }).stdout).toContain(`FROM=p${index}\n`);
      rmSync(join(sub, file));
    }
    expect(user.pqx(['env'], { build, cwd: sub }).stderr).toContain('only the profile team');
    const inner = { HOME: join(clone, 'sub') };
    expect(user.pqx(['env'], { build, cwd: sub, env: inner }).stderr).toContain('no profile matches env');
  });

  test('a project profile stands in the place of the user profile of its name, and what that one fills stays withheld', () => {
    const { user, clone } = ready(
      'version: 1\nprofiles:\n  mine:\n    command: env\n    env: { NEW: { value: x } }\n',
    );
    const { stdout } = user.ok(['trust', '--yes'], { build, cwd: clone });
    expect(stdout).toContain('  profile mine (in the place of your own profile of this name)\n');
    const seen = user.ok(['-p', 'mine', 'env'], { build, cwd: clone, env: { MINE: 'of-the-caller' } }).stdout;
    expect(seen).toContain('NEW=x\n');
    expect(seen).not.toContain('MINE=');
    expect(user.ok(['printenv', 'MINE'], { build }).stdout).toBe('k-mine\n');
  });

  test("a project profile that extends the user's is trusted with what that is, and asks again when it changes", () => {
    const { user, clone } = ready('version: 1\nprofiles:\n  mine:\n    command: env\n    extends: mine\n');
    const { stdout } = user.ok(['trust', '--yes'], { build, cwd: clone });
    expect(stdout).toContain('    extends: mine\n    env MINE: the key MY_KEY\n');
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('MINE=k-mine\n');
    // A comment moves the lines of the user's file, and changes nothing that was trusted.
    user.write('.config/pqc-secrets/profiles.yaml', `# a comment\n${USER}`);
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('MINE=k-mine\n');
    user.write('.config/pqc-secrets/profiles.yaml', USER.replace('MINE: MY_KEY', 'MINE: AWS_ID'));
    const refused = user.pqx(['env'], { build, cwd: clone });
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain('has changed since you trusted it');
    expect(user.ok(['trust', '--yes'], { build, cwd: clone }).stdout).toContain(
      '-   env MINE: the key MY_KEY\n+   env MINE: the key AWS_ID\n',
    );
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('MINE=k-aws\n');
  });

  test('a bundle that the project names is for its own profiles alone', () => {
    const { user, clone } = ready(`version: 1\nsettings: { bundle: ./team.json }\n${PROJECT.slice(11)}`);
    user.ok(['--bundle', 'team.json', 'pack'], { cwd: clone, input: 'TEAM_KEY=k-of-the-team\n' });
    const { stdout } = user.ok(['trust', '--yes'], { build, cwd: clone });
    expect(stdout).toContain(`\n  bundle: ${clone}/team.json\n`);
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('TEAM=k-of-the-team\n');
    expect(user.ok(['printenv', 'MINE'], { build, cwd: clone }).stdout).toBe('k-mine\n');
    expect(user.ok(['list'], { build, cwd: clone }).stdout).toBe('AWS_ID\nMY_KEY\nTEAM_KEY\n');
  });

  test('it sets nothing else', () => {
    const { user, clone, file } = ready(`version: 1\nsettings: { quiet: true }\nprofiles: {}\n`);
    const result = user.pqx(['trust', '--yes'], { build, cwd: clone });
    expect(result.status).toBe(1);
    expect(result.stderr).toBe(
      `pqx: ${file}:2: a project file sets \`bundle\` alone, not \`quiet\`\n  hint: set \`quiet\` in your own profiles.yaml\n`,
    );
  });

  test('a broken project file stops no launch of the user, and says so where it would be needed', () => {
    const { user, clone, file } = ready('profiles: [\n');
    expect(user.ok(['printenv', 'MINE'], { build, cwd: clone }).stdout).toBe('k-mine\n');
    const result = user.pqx(['env'], { build, cwd: clone });
    expect(result.status).toBe(125);
    expect(result.stderr).toBe(
      `pqx: no profile of yours matches, and the project file ${file} is not valid\n` +
        `  hint: pqx profiles check ${file}   says what is wrong in it\n`,
    );
    expect(user.pqx(['profiles', 'check', file], { build }).status).toBe(1);
  });

  test('with --profiles and PQX_PROFILES no project file is looked at', () => {
    const { user, clone } = ready();
    user.ok(['trust', '--yes'], { build, cwd: clone });
    const mine = join(user.config, 'profiles.yaml');
    expect(user.pqx(['--profiles', mine, 'env'], { build, cwd: clone }).stderr).toContain(
      'no profile matches env',
    );
    expect(user.pqx(['env'], { build, cwd: clone, env: { PQX_PROFILES: mine } }).status).toBe(125);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "a file of somebody else's is refused (needs root to make one)",
    () => {
      const { user, clone, file } = ready();
      user.ok(['trust', '--yes'], { build, cwd: clone });
      chownSync(file, 12_345, 12_345);
      const refused = user.pqx(['env'], { build, cwd: clone });
      expect(refused.status).toBe(125);
      expect(refused.stderr).toContain(`${file} belongs to user 12345, who could change it at any time\n`);
      expect(user.pqx(['trust', '--yes'], { build, cwd: clone }).status).toBe(1);
      expect(user.ok(['printenv', 'MINE'], { build, cwd: clone }).stdout).toBe('k-mine\n');
    },
  );

  test('a list of trusted files that others can write, or that is damaged, is not believed', () => {
    const { user, clone } = ready();
    user.ok(['trust', '--yes'], { build, cwd: clone });
    const list = join(user.config, 'trust.json');
    chmodSync(list, 0o666);
    expect(user.pqx(['env'], { build, cwd: clone }).stderr).toContain(`others can write ${list}`);
    chmodSync(list, 0o600);
    writeFileSync(list, readFileSync(list, 'utf8').slice(0, -10));
    const damaged = user.pqx(['env'], { build, cwd: clone });
    expect(damaged.status).toBe(125);
    expect(damaged.stderr).toContain(`${list} is damaged\n  hint: rm ${list}`);
  });

  test('without a terminal nobody is asked, and nothing is trusted', () => {
    const { user, clone } = ready();
    const result = user.pqx(['trust'], { build, cwd: clone, input: 'y\n' });
    expect(result.status).toBe(1);
    expect(result.stderr).toBe(
      'pqx: there is no terminal to ask on\n  hint: pqx trust --yes   trusts what was shown\n',
    );
    expect(existsSync(join(user.config, 'trust.json'))).toBe(false);
  });

  test('on a terminal it asks; only a yes trusts, and what was shown is what is trusted', async () => {
    const { user, clone, file } = ready();
    const no = await onTerminal(user, build, ['trust'], clone, () => '\r');
    expect(no.status).toBe(1);
    expect(no.output).toContain('Trust this? [y/N]');
    expect(no.output).toContain('nothing was changed');
    // The file changes between the question and the answer.
    const yes = await onTerminal(user, build, ['trust'], clone, () => {
      writeFileSync(file, PROJECT.replace('TEAM_KEY', 'MY_KEY'));
      return 'y\r';
    });
    expect(yes.status).toBe(0);
    expect(user.pqx(['env'], { build, cwd: clone }).stderr).toContain('has changed since you trusted it');
    writeFileSync(file, PROJECT);
    expect(user.ok(['env'], { build, cwd: clone }).stdout).toContain('TEAM=k-team\n');
  });

  test('a launch on a terminal says in one line that the file does not count, unless told to be quiet', async () => {
    const { user, clone, file } = ready();
    const loud = await onTerminal(user, build, ['printenv', 'MINE'], clone);
    expect(loud.output).toBe(
      `pqx: ${file} is not trusted, so it grants nothing here (pqx trust shows it and asks)\r\nk-mine\r\n`,
    );
    expect((await onTerminal(user, build, ['-q', 'printenv', 'MINE'], clone)).output).toBe('k-mine\r\n');
  });

  test('names, values and paths of a stranger reach the terminal escaped', () => {
    const { user, clone } = ready(
      'version: 1\nprofiles:\n  x:\n    description: "a\\e]0;title\\a"\n    env: { "B\\e[2J": { value: "\\r\\u202eevil" } }\n',
    );
    const { stdout } = user.ok(['trust', '--yes'], { build, cwd: clone });
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    expect(stdout).toContain('\\x1b]0;title');
  });

  test('nothing of a hostile clone runs or gets a key, in any word, and a script that did would be noticed', () => {
    const { user, clone } = ready();
    const ran = join(user.home, 'ran');
    const script = `require('node:fs').appendFileSync(${JSON.stringify(ran)}, __filename + '\\n'); module.exports = {};\n`;
    const scripts = [
      ['.config/config.js', script],
      ['.config/config.cjs', script],
      ['.config/config.ts', script],
      ['pqx.config.js', script],
      ['pqx.config.ts', script],
      ['.pqxrc.js', script],
      ['.pqxrc.ts', script],
      ['.pqxrc', '{}'],
      ['preload.js', script],
      ['bunfig.toml', 'preload = ["./preload.js"]\n'],
      [
        '.env',
        'MY_KEY=of-the-clone\nPQX_PROFILES=./evil.yaml\nPQX_BUNDLE=./evil.json\nNODE_OPTIONS=--require=./preload.js\n',
      ],
      ['.npmrc', 'node-options=--require=./preload.js\n'],
      [
        'package.json',
        '{"cosmiconfig": {"$import": "./preload.js", "searchPlaces": ["pqx.config.js"]}, "pqx": {"version": 1}}',
      ],
    ] as const;
    for (const place of ['work/clone', 'work', '.']) {
      for (const [path, text] of scripts) user.write(join(place, path), text, 0o644);
    }
    for (const tool of ['claude', 'env', 'printenv'])
      user.write(
        `work/clone/node_modules/.bin/${tool}`,
        `#!/bin/sh\necho ${tool} >> ${ran}; /usr/bin/env >> ${ran}\n`,
        0o755,
      );
    const words: readonly (readonly string[])[] = [
      ...allWords()
        .filter((word) => !['demo', 'keygen'].includes(word))
        .map((word) => [word]),
      ['explain', 'printenv'],
      ['explain', '--open', '--json', 'claude'],
      ['profiles', 'check'],
      ['profiles', 'add', 'gh'],
      ['trust', '--yes'],
      ['untrust'],
      ['claude'],
      ['env'],
      ['--dry-run', 'claude'],
    ];
    const path = `${join(clone, 'node_modules/.bin')}:./node_modules/.bin:${user.env['PATH']}`;
    for (const args of words) {
      user.pqx(args, { build, cwd: clone, env: { PATH: path } });
      expect([args, existsSync(ran)]).toEqual([args, false]);
    }
    // The user's own command is found in the clone first, and so no profile of theirs is for it.
    const inside = user.pqx(['printenv', 'MINE'], { build, cwd: clone, env: { PATH: path } });
    expect(inside.status).toBe(125);
    expect(user.ok(['printenv', 'MINE'], { build, cwd: clone }).stdout).toBe('k-mine\n');
    expect(existsSync(ran)).toBe(false);
    // The controls: these files do run where somebody runs them.
    const bun = findBun();
    for (const [program, args] of [
      [process.execPath, ['.config/config.cjs']],
      [bun ?? '', ['-e', '0']],
    ] as const) {
      rmSync(ran, { force: true });
      spawnSync(program, args, { cwd: clone, env: { PATH: '/usr/bin:/bin', HOME: user.home } });
      expect([program, existsSync(ran)]).toEqual([program, true]);
    }
  });
});

interface Shown {
  readonly output: string;
  readonly status: number;
}

/** Runs pqx on a terminal; `answer` is typed when it asks. */
function onTerminal(
  user: User,
  build: keyof typeof BUILDS,
  args: readonly string[],
  cwd: string,
  answer?: () => string,
): Promise<Shown> {
  const [program, ...first] = BUILDS[build];
  const terminal = spawn(program, [...first, ...args], { cwd, env: { ...user.env }, cols: 200 });
  return new Promise((resolve) => {
    let output = '';
    let asked = false;
    terminal.onData((data) => {
      output += data;
      if (asked || answer === undefined || !output.includes('[y/N]')) return;
      asked = true;
      terminal.write(answer());
    });
    terminal.onExit(({ exitCode }) => resolve({ output, status: exitCode }));
  });
}
