/** Completion: what is offered, and that real shells take it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { optionsOf } from '../../src/commands/candidates.ts';
import { allWords } from '../../src/words.ts';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const has = (program: string) => spawnSync('which', [program]).status === 0;

const PROFILES = `version: 1
profiles:
  claude-work: { command: claude, env: { A: ALPHA_KEY } }
  deploy: { command: "d*", env: { A: ALPHA_KEY } }
  odd: { command: ["x;touch pwned;x", "x$HOME", "a b"], env: { A: ALPHA_KEY } }
`;

function ready(): User {
  const user = newUser();
  user.ok(['init', '--label', 'laptop']);
  for (const name of ['ALPHA_KEY', 'ALPHA_OTHER', 'BETA']) user.ok(['set', name], { input: 'x' });
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  return user;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('what is offered at each place', () => {
    const user = ready();
    const at = (...words: readonly string[]) =>
      user
        .ok(['completion', 'candidates', '--', ...words], { build })
        .stdout.split('\n')
        .slice(0, -1);
    expect(at('prof')).toEqual(['profiles', ':commands']);
    expect(at('cla')).toEqual(['claude', ':commands']);
    expect(at('--pro')).toEqual(['--profiles', '--profile']);
    expect(at('-p', '')).toEqual(['claude-work', 'deploy', 'odd']);
    expect(at('-p', 'dep')).toEqual(['deploy']);
    expect(at('--env', 'X=ALPHA')).toEqual(['X=ALPHA_KEY', 'X=ALPHA_OTHER']);
    expect(at('--bundle', '')).toEqual([':files']);
    expect(at('claude', '--he')).toEqual([':delegate 0']);
    expect(at('-p', 'deploy', '--', 'git', 'st')).toEqual([':delegate 3']);
    expect(at('run', 'get', 'x')).toEqual([':delegate 1']);
    expect(at('explain', '--open', 'git', 'x')).toEqual([':delegate 2']);
    expect(at('explain', '--o')).toEqual(['--open']);
    expect(at('get', 'ALPHA')).toEqual(['ALPHA_KEY', 'ALPHA_OTHER']);
    expect(at('get', 'ALPHA_KEY', '')).toEqual([]);
    expect(at('unset', 'ALPHA_KEY', '')).toEqual(['ALPHA_OTHER', 'BETA']);
    expect(at('export', '--format', '')).toEqual(['dotenv', 'json', 'nul']);
    expect(at('export', '--f')).toEqual(['--format']);
    expect(at('export', '-p', 'c')).toEqual(['claude-work']);
    expect(at('log', '--key', 'B')).toEqual(['BETA']);
    expect(at('profiles', 'add', 'gla')).toEqual(['glab']);
    expect(at('recipients', 'remove', '')).toEqual(['laptop']);
    expect(at('help', 'unt')).toEqual(['untrust']);
    expect(at('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(at('')).not.toContain('--passthrough');
  });

  test('a broken profile file, a missing bundle and a project file that is not trusted offer nothing, and say nothing', () => {
    const user = newUser();
    user.write('.config/pqc-secrets/profiles.yaml', 'profiles: [');
    user.write('.pqx.yaml', 'version: 1\nprofiles: { theirs: { command: x } }\n');
    for (const words of [['-p', ''], ['get', ''], ['the']]) {
      const result = user.ok(['completion', 'candidates', '--', ...words], { build });
      expect(result.stderr).toBe('');
      expect(result.stdout).not.toContain('theirs');
    }
  });

  test('another shell is refused with the nearest', () => {
    const result = newUser().pqx(['completion', 'fishh'], { build });
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('hint: did you mean fish?');
  });
});

test("the options that are offered are those that the word's help has in its usage, and the word takes each", () => {
  const user = ready();
  const subwords = new Map([
    ['recipients', ['list', 'add', 'remove']],
    ['profiles', ['list', 'check', 'add']],
    ['shim', ['list', 'add', 'remove']],
  ]);
  for (const word of allWords()) {
    if (word === 'explain') continue;
    for (const [option, valued] of optionsOf(word).options) {
      const lines = (subwords.get(word) ?? ['']).map((subword) =>
        [word, subword].filter((text) => text !== ''),
      );
      const takes = lines.some((line) => {
        // With an unknown option more, the known one is never the culprit.
        const args = [...line, option, ...(valued ? ['1'] : []), '--no-such-option'];
        return !user.pqx(args, { input: '' }).stderr.includes(`no option ${option}`);
      });
      expect([word, option, takes]).toEqual([word, option, true]);
    }
  }
  expect([...optionsOf('keygen').options.keys()]).toContain('--pub');
});

test.skipIf(!has('bash'))('bash completes words, names, files, and what stands behind = (needs bash)', () => {
  const user = ready();
  user.write('notes.txt', '');
  const at = (...words: readonly string[]) => inBash(user, words);
  expect(at('pqx', 'prof')).toContain('profiles');
  expect(at('pqx', '-p', 'cl')).toEqual(['claude-work']);
  expect(at('pqx', 'get', 'B')).toEqual(['BETA']);
  // Readline splits at =: only what stands behind it is replaced.
  expect(at('pqx', '--env', 'X', '=', 'BE')).toEqual(['BETA']);
  expect(at('pqx', '--env', 'X', '=')).toEqual(['ALPHA_KEY', 'ALPHA_OTHER', 'BETA']);
  expect(at('pqx', '')).toContain('claude');
  expect(at('pqx', 'tool', '--', 'x')).toEqual(['from-tool:tool:x:--:2']);
  expect(at('pqx', '-p', 'deploy', '--', 'tool', 'y')).toEqual(['from-tool:tool:y:tool:1']);
  expect(existsSync(`${user.home}/pwned`)).toBe(false);
});

/** As readline would ask: COMP_WORDS and COMP_CWORD; the tool has a completion of its own, which says what it was told. */
function inBash(user: User, words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const line = `
    _tool() { COMPREPLY=("from-tool:$1:$2:$3:$COMP_CWORD"); }
    complete -F _tool tool
    eval "$(pqx completion bash)"
    COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
    compopt() { :; }
    _pqx pqx "\${COMP_WORDS[COMP_CWORD]}" ""
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return user.shell(line, { shell: 'bash' }).stdout.split('\n').slice(0, -1);
}

test.skipIf(!has('fish'))("fish completes words, names, and the tool's own (needs fish)", () => {
  const user = ready();
  const at = (text: string) =>
    user
      .shell(
        `exec fish --no-config -c 'complete -c tool -f -a "from-tool"; pqx completion fish | source; complete -C "${text}"'`,
      )
      .stdout.split('\n')
      .slice(0, -1);
  expect(at('pqx prof')).toContain('profiles');
  expect(at('pqx -p cl')).toEqual(['claude-work']);
  expect(at('pqx get ALPHA')).toEqual(['ALPHA_KEY', 'ALPHA_OTHER']);
  expect(at('pqx --env X=BE')).toEqual(['X=BETA']);
  expect(at('pqx tool ')).toEqual(['from-tool']);
  expect(at('pqx -p deploy -- tool fr')).toEqual(['from-tool']);
  expect(existsSync(`${user.home}/pwned`)).toBe(false);
});

test.skipIf(!has('zsh') || !has('tmux'))(
  "zsh on a terminal completes words, names, and the tool's own (needs zsh and tmux)",
  async () => {
    const user = ready();
    mkdirSync(`${user.home}/z`);
    user.write(
      'z/.zshrc',
      `PS1='ready> '
autoload -Uz compinit && compinit -i -D
_tool() { compadd from-tool }
compdef _tool tool
eval "$(pqx completion zsh)"
`,
    );
    // The names that `pqx` is found by, as a user's PATH has them.
    user.shell('true');
    const env = {
      ...user.env,
      ZDOTDIR: `${user.home}/z`,
      PATH: `${user.home}/.bin-standalone:${user.env['PATH']}`,
    };
    const tmux = (...args: readonly string[]) =>
      spawnSync('tmux', ['-S', `${user.home}/tmux`, '-f', '/dev/null', ...args], { env, encoding: 'utf8' })
        .stdout;
    onTestFinished(() => void tmux('kill-server'));
    tmux('new-session', '-d', '-x', '100', '-y', '24', 'zsh');
    const shows = async (text: string) => {
      for (let tries = 0; tries < 300; tries += 1) {
        const screen = tmux('capture-pane', '-p');
        if (screen.includes(text)) return screen;
        await wait(100);
      }
      throw new Error(`never shown: ${text}; but ${tmux('capture-pane', '-p')}`);
    };
    await shows('ready>');
    for (const [typed, completed] of [
      ['pqx untr', 'pqx untrust'],
      ['pqx -p cla', 'pqx -p claude-work'],
      ['pqx get BE', 'pqx get BETA'],
      ['pqx --env X=BE', 'pqx --env X=BETA'],
      ['pqx tool fr', 'pqx tool from-tool'],
    ] as const) {
      tmux('send-keys', typed, 'Tab');
      await shows(completed);
      tmux('send-keys', 'C-u');
    }
    expect(existsSync(`${user.home}/pwned`)).toBe(false);
  },
);
