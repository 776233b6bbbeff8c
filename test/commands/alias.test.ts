/** Shell functions for profiles: in fresh shells of each kind, with the completion of the wrapped tool. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const has = (program: string) => spawnSync('which', [program]).status === 0;
const SHELLS = ['bash', 'zsh', 'fish'] as const;
// The home is empty; without a configuration fish would not look for completions either.
const CLEAN = { bash: ['--norc', '--noprofile'], zsh: ['-f'], fish: [] } as const;
const LOAD = {
  bash: 'eval "$(pqx alias bash)"',
  zsh: 'eval "$(pqx alias zsh)"',
  fish: 'pqx alias fish | source',
} as const;

const PROFILES = `version: 1
profiles:
  tool: { command: [tool, "glob*", /abs/path], args: ["run **"], env: { T_ONE: ONE } }
  git: { command: git, args: ["push **"], env: { T_ONE: ONE } }
  "odd": { command: ["a.b-c+d@e", "x y", "if", "x;touch pwned;x", "ünï", "-x", test] }
`;

function ready(profiles = PROFILES): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'ONE=value-one\n' });
  user.write('.config/pqc-secrets/profiles.yaml', profiles);
  user.write('tools/tool', '#!/bin/sh\nprintf "<%s>" "$@" "${T_ONE-none}"\nexit 7\n', 0o755);
  user.write('tools/a.b-c+d@e', '#!/bin/sh\necho odd\n', 0o755);
  return user;
}

function inShell(
  user: User,
  shell: (typeof SHELLS)[number],
  line: string,
  build: 'standalone' | 'node' = 'standalone',
) {
  const env = { PATH: `${user.home}/tools:${user.env['PATH']}` };
  const quoted = `'${line.replaceAll("'", `'\\''`)}'`;
  return user.shell(`exec ${shell} ${CLEAN[shell].join(' ')} -c ${quoted}`, { build, env });
}

describe.each(SHELLS)('%s', (shell) => {
  test.skipIf(!has(shell)).each(BUILD_NAMES)(
    `the %s build's functions launch with grants, pass through without, keep arguments and status (needs ${shell})`,
    (build) => {
      const user = ready();
      const status = shell === 'fish' ? 'echo $status' : 'echo $?';
      const call = (args: string) =>
        inShell(user, shell, `${LOAD[shell]}\ntool ${args}\n${status}`, build).stdout;
      expect(call(`run '' 'a  b' '$x' --help`)).toBe('<run><><a  b><$x><--help><value-one>7\n');
      expect(call('ps')).toBe('<ps><none>7\n');
      expect(call('')).toBe('<none>7\n');
    },
  );

  test.skipIf(!has(shell))(
    `names are plain words or refused, and nothing of theirs runs (needs ${shell})`,
    () => {
      const user = ready();
      const result = inShell(user, shell, `${LOAD[shell]}\na.b-c+d@e\necho end`);
      expect(result.stdout).toBe('odd\nend\n');
      expect(existsSync(join(user.home, 'pwned'))).toBe(false);
      const functions = user.ok(['alias', shell]);
      expect([...functions.stdout.matchAll(/^function (\S+)/gm)].map(([, name]) => name)).toEqual([
        'tool',
        'git',
        'a.b-c+d@e',
      ]);
      expect(functions.stderr.match(/no function for/g)).toHaveLength(6);
    },
  );
});

test.skipIf(!has('zsh'))('an alias of the same name does not break what is evaluated (needs zsh)', () => {
  const user = ready();
  for (const shell of ['bash', 'zsh'] as const) {
    const before =
      shell === 'bash' ? "shopt -s expand_aliases\nalias tool='tool run'" : "alias tool='tool run'";
    expect(inShell(user, shell, `${before}\n${LOAD[shell]}\neval 'tool x'`).stdout).toBe(
      '<run><x><value-one>',
    );
  }
});

test('without a profile file there is nothing to define; other shells are refused', () => {
  const user = newUser();
  expect(user.ok(['alias', 'bash'])).toMatchObject({ stdout: '', stderr: '' });
  const refused = user.pqx(['alias', 'zhs']);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('did you mean zsh?');
});

const BASH_GIT = '/usr/share/bash-completion/completions/git';

test.skipIf(!existsSync(BASH_GIT))("bash completes git's words through the function (needs git)", () => {
  const complete = `
source ${BASH_GIT}
${LOAD.bash}
[ "$(type -t git)" = function ] || echo "no function"
COMP_WORDS=(git checko) COMP_CWORD=1 COMP_LINE='git checko' COMP_POINT=10
words=(git checko) cword=1 cur=checko prev=git
eval "$(complete -p git | sed 's/.*-F \\([^ ]*\\).*/\\1 git checko git/')"
printf '%s\\n' "\${COMPREPLY[@]}"`;
  expect(inShell(ready(), 'bash', complete).stdout.trim()).toBe('checkout');
});

test.skipIf(!has('fish') || !has('git'))(
  "fish completes git's words through the function (needs fish, git)",
  () => {
    const line = `${LOAD.fish}; functions -q git; or echo none; complete -C "git checko"`;
    expect(inShell(ready(), 'fish', line).stdout).toMatch(/^checkout\b/);
  },
);

test.skipIf(!has('zsh') || !has('tmux') || !has('git'))(
  "zsh completes git's words through the function, on a terminal (needs zsh, tmux, git)",
  async () => {
    const user = ready();
    const bin = join(user.home, '.bin-standalone');
    user.shell('true');
    const socket = join(user.home, 'tmux');
    mkdirSync(socket, { mode: 0o700 });
    const tmux = (...args: readonly string[]) =>
      execFileSync('tmux', ['-S', join(socket, 's'), '-f', '/dev/null', ...args], {
        encoding: 'utf8',
        env: { ...user.env, PATH: `${bin}:${user.home}/tools:${user.env['PATH']}`, TERM: 'xterm' },
        cwd: user.home,
      });
    tmux('new-session', '-d', '-x', '100', '-y', '24', 'zsh', '-f');
    onTestFinished(() => void tmux('kill-server'));
    const screenWith = async (text: RegExp) => {
      for (let tries = 0; tries < 300; tries += 1) {
        const screen = tmux('capture-pane', '-p');
        if (text.test(screen)) return screen;
        await wait(100);
      }
      throw new Error(`never on the screen: ${text}\n${tmux('capture-pane', '-p')}`);
    };
    const type = (...keys: readonly string[]) => tmux('send-keys', ...keys);
    type("PS1='ready> '; autoload -Uz compinit && compinit -u -D", 'Enter');
    type(`${LOAD.zsh}; whence -w git tool`, 'Enter');
    await screenWith(/^git: function\ntool: function$/m);
    type('git checko', 'Tab');
    await screenWith(/^ready> git checkout/m);
    type('C-c');
    await screenWith(/git checkout *\nready>/);
    type('tool run', 'Enter');
    await screenWith(/<run><value-one>/);
  },
);
