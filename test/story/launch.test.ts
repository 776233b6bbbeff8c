/** What the user does: keys packed, a profile written, programs launched. Both builds. */
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const PROFILES = `version: 1
profiles:
  claude:
    command: env
    env:
      ANTHROPIC_AUTH_TOKEN: ZENMUX_API_KEY
  t:
    env: { T: ZENMUX_API_KEY }
`;

function ready(): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'ZENMUX_API_KEY=k1\nOTHER_API_KEY=k2\n' });
  user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
  return user;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('the target sees its own key, and nothing else of the bundle or of pqx, whatever the caller holds', () => {
    const user = ready();
    const plain = user.ok(['env'], { build }).stdout.split('\n');
    expect(plain).toContain('ANTHROPIC_AUTH_TOKEN=k1');
    expect(plain.filter((line) => /ZENMUX|OTHER_API|PQC_|k2/.test(line))).toEqual([]);

    const env = {
      ZENMUX_API_KEY: 'k1',
      OTHER_API_KEY: 'k2',
      ANTHROPIC_AUTH_TOKEN: 'of-the-caller',
      HARMLESS: 'stays',
      PQX_QUIET: 'x',
    };
    const loud = user.ok(['env'], { build, env }).stdout.split('\n');
    expect(loud).toContain('ANTHROPIC_AUTH_TOKEN=k1');
    expect(loud).toContain('HARMLESS=stays');
    expect(loud.filter((line) => /^(ZENMUX_API_KEY|OTHER_API_KEY|PQC_|PQX_QUIET)/.test(line))).toEqual([]);
    expect(loud.filter((line) => line.startsWith('ANTHROPIC_AUTH_TOKEN='))).toHaveLength(1);
    expect(loud.filter((line) => line.startsWith('PQX_')).sort()).toEqual([
      'PQX_GRANTED=ANTHROPIC_AUTH_TOKEN',
      'PQX_PROFILE=claude',
    ]);
  });

  test('an inner launch loses what the outer one granted from keys, and keeps what it set in clear', () => {
    const user = ready();
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      `version: 1
profiles:
  outer: { env: { SECRET: OTHER_API_KEY, PATH: { value: "/usr/bin:/bin" }, STAGE: { value: test } } }
  inner: { inherit: all, env: { T: ZENMUX_API_KEY } }
`,
    );
    const self = [...BUILDS[build]].map((part) => `'${part}'`).join(' ');
    const line = `PQC_CONFIG_DIR='${user.config}' ${self} -p inner env`;
    const { stdout } = user.ok(['-p', 'outer', 'sh', '-c', line], { build });
    const seen = stdout.split('\n').filter((entry) => /^(SECRET|PATH|STAGE|T)=/.test(entry));
    expect(seen.sort()).toEqual(['PATH=/usr/bin:/bin', 'STAGE=test', 'T=k1']);
  });

  test('--env grants for one launch, with and without a profile', () => {
    const user = ready();
    expect(user.ok(['--env', 'X=OTHER_API_KEY', 'printenv', 'X'], { build }).stdout).toBe('k2\n');
    const both = user.ok(['-p', 't', '--env', 'X=OTHER_API_KEY', 'sh', '-c', 'echo $T $X'], { build });
    expect(both.stdout).toBe('k1 k2\n');
  });

  test("the statuses of the target are pqx's, and of what was not started 125, 126 and 127", () => {
    const user = ready();
    expect(user.pqx(['-p', 't', 'sh', '-c', 'exit 42'], { build }).status).toBe(42);
    expect(user.pqx(['-p', 't', 'sh', '-c', 'kill -9 $$'], { build }).signal).toBe('SIGKILL');
    if (build === 'standalone') {
      for (const signal of [34, 64]) {
        const line = `pqx -p t sh -c 'kill -${signal} $$'; echo $?`;
        expect(user.shell(line, { build }).stdout).toBe(`${128 + signal}\n`);
      }
    }
    expect(user.pqx(['-p', 't', 'no-such-program-here'], { build }).status).toBe(127);
    const file = user.write('not-a-program', 'x', 0o644);
    expect(user.pqx(['-p', 't', file], { build }).status).toBe(126);
    expect(user.pqx(['cat'], { build }).status).toBe(125);
  });

  test('pipes and process substitution are as without pqx', () => {
    const user = ready();
    expect(user.shell('pqx -p t diff <(echo a) <(echo b)', { build }).stdout).toBe('1c1\n< a\n---\n> b\n');
    expect(user.shell('yes | pqx -p t head -1', { build }).stdout).toBe('y\n');
    expect(user.shell('pqx -p t yes | head -1; echo "${PIPESTATUS[@]}"', { build }).stdout).toBe(
      'y\n141 0\n',
    );
    expect(user.ok(['-p', 't', 'cat'], { build, input: 'through' }).stdout).toBe('through');
  });

  test('no profile: 125, one line, and the command that adds one', () => {
    const user = ready();
    const result = user.pqx(['psql', '-h', 'db'], { build });
    expect(result.status).toBe(125);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^pqx: no profile .*psql.*\n {2}hint: .*pqx profiles add psql/);
  });

  test('a key that the bundle lacks stops the launch and names the nearest', () => {
    const user = ready();
    user.write(
      '.config/pqc-secrets/profiles.yaml',
      PROFILES.replace('{ T: ZENMUX_API_KEY }', '{ T: ZENMUX_API_KEZ }'),
    );
    const result = user.pqx(['-p', 't', 'sh', '-c', 'echo started'], { build });
    expect(result.status).toBe(125);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('ZENMUX_API_KEZ');
    expect(result.stderr).toContain('ZENMUX_API_KEY');
    // The home's name is random.
    expect(result.stderr.replaceAll(user.home, '')).not.toContain('k1');
  });

  test('an unknown field in a profile: file, line, column and the nearest field', () => {
    const user = ready();
    const path = user.write(
      '.config/pqc-secrets/profiles.yaml',
      PROFILES.replace('    env:\n', '    envv:\n'),
    );
    const result = user.pqx(['env'], { build });
    expect(result.status).toBe(125);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(`pqx: ${path}:5:5: `);
    expect(result.stderr).toContain('envv');
    expect(result.stderr).toMatch(/hint: .*env/);
  });
});
