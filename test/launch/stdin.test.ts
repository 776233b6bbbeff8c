/** `stdin`: the secret is the target's whole standard input. Both builds. */
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

/** Tools that take a secret on standard input, as `docker login` and `gh auth login` do. */
const LOGIN = `#!/bin/sh
case " $* " in
  *" --password-stdin "* | *" --with-token "*) printf 'got <%s> by %s\\n' "$(cat)" "$1" ;;
  *) echo "no option that reads standard input"; exit 2 ;;
esac
`;

function ready(): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: `REGISTRY=pä"ss w\\ord\nEMPTY=\nLONG=${'x'.repeat(65_536)}\n` });
  user.write('bin/docker', LOGIN, 0o755);
  user.write('bin/gh', LOGIN, 0o755);
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    `version: 1
profiles:
  login: { command: [docker, gh], args: ["login **", "auth login **"], stdin: { key: REGISTRY } }
  empty: { stdin: { key: EMPTY } }
  long: { stdin: { key: LONG } }
`,
  );
  return user;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('docker login --password-stdin and gh auth login --with-token receive it, whatever the caller pipes', () => {
    const user = ready();
    const env = { PATH: `${user.home}/bin:${user.env['PATH']}` };
    const docker = ['docker', 'login', '--username', 'u', '--password-stdin'];
    expect(user.ok(docker, { build, env, input: 'of the caller' }).stdout).toBe(
      'got <pä"ss w\\ord> by login\n',
    );
    expect(user.ok(['gh', 'auth', 'login', '--with-token'], { build, env }).stdout).toBe(
      'got <pä"ss w\\ord> by auth\n',
    );
  });

  test('exactly its bytes, then the end: none at all, and as many as a pipe holds', () => {
    const user = ready();
    expect(user.ok(['-p', 'empty', 'wc', '-c'], { build, input: 'x' }).stdout.trim()).toBe('0');
    expect(user.ok(['-p', 'long', 'wc', '-c'], { build, input: 'x' }).stdout.trim()).toBe('65536');
    expect(user.pqx(['-p', 'long', 'false'], { build }).status).toBe(1);
  });

  test('explain names the key, and nobody sees the value: neither arguments nor environment', () => {
    const user = ready();
    expect(user.ok(['explain', '-p', 'empty', 'cat'], { build }).stdout).toMatch(/^stdin +key EMPTY$/m);
    const seen = user.ok(['-p', 'login', 'sh', '-c', 'tr "\\0" "\\n" </proc/$$/cmdline; env'], { build });
    expect(seen.stdout).not.toContain('ss w');
  });
});
