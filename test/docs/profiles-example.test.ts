/** profiles.example.yaml works as it stands: every profile in it is launched, against a stand-in for its tool. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { installRecorder, recorded } from '../support/recorder.ts';
import { newUser } from '../support/user.ts';

const EXAMPLE = join(root, 'profiles.example.yaml');

const KEYS: Readonly<Record<string, string>> = {
  ZENMUX_API_KEY: 'k-zenmux',
  OPENAI_API_KEY: 'k-openai',
  GEMINI_API_KEY: 'k-gemini',
  GITHUB_TOKEN: 'k-github',
  AWS_ACCESS_KEY_ID: 'k-aws-id',
  AWS_SECRET_ACCESS_KEY: 'k-aws-secret',
  AWS_ROOT_PASSWORD: 'k-aws-root',
  AWS_CONFIG_FILE: '/tmp/steers',
  TF_VAR_db: 'k-tf',
  PG_PASSWORD: 'k/pg@:',
  NPM_TOKEN: 'k-npm',
  DEPLOY_TOKEN: 'k-deploy',
};

interface Launch {
  readonly profile: string;
  readonly line: readonly string[];
  /** Variables that the launch sets. */
  readonly granted: Readonly<Record<string, string>>;
  /** Names of the caller's that the target still sees; those of `safe` unless said. */
  readonly inherited?: readonly string[];
  /** The target's arguments; those of the line unless said. */
  readonly args?: readonly string[];
}

const AWS = { AWS_ACCESS_KEY_ID: 'k-aws-id', AWS_SECRET_ACCESS_KEY: 'k-aws-secret' };

const LAUNCHES: readonly Launch[] = [
  {
    profile: 'claude',
    line: ['claude', '--help'],
    granted: { ANTHROPIC_AUTH_TOKEN: 'k-zenmux', ANTHROPIC_BASE_URL: 'https://zenmux.ai/api/anthropic' },
  },
  { profile: 'codex', line: ['codex', 'exec', 'a prompt'], granted: { OPENAI_API_KEY: 'k-openai' } },
  {
    profile: 'gemini',
    line: ['gemini'],
    granted: { GEMINI_API_KEY: 'k-gemini' },
    inherited: ['HOME', 'PATH', 'LANG'],
  },
  {
    profile: 'docker',
    line: ['docker', '--context', 'prod', 'run', '--rm', 'image', 'env'],
    granted: { ZENMUX_API_KEY: 'k-zenmux' },
    args: ['--context', 'prod', 'run', '-e', 'ZENMUX_API_KEY', '--rm', 'image', 'env'],
  },
  {
    profile: 'docker',
    line: ['podman', 'exec', 'box', 'sh'],
    granted: { ZENMUX_API_KEY: 'k-zenmux' },
    args: ['exec', '-e', 'ZENMUX_API_KEY', 'box', 'sh'],
  },
  {
    profile: 'gh',
    line: ['gh', 'pr', 'list'],
    granted: { GH_TOKEN: 'k-github', GH_PROMPT_DISABLED: '1' },
  },
  { profile: 'aws', line: ['aws', 's3', 'ls'], granted: AWS },
  { profile: 'aws', line: ['terraform', 'plan'], granted: AWS },
  {
    profile: 'terraform-apply',
    line: ['terraform', 'apply', 'plan.out'],
    granted: { ...AWS, TF_VAR_db: 'k-tf' },
    args: ['apply', 'plan.out', '-input=false'],
  },
  {
    profile: 'psql',
    line: ['pg_dump', '-h', 'db'],
    granted: { PGPASSWORD: 'k/pg@:', PGAPPNAME: 'pqx' },
  },
  { profile: 'npm-publish', line: ['npm', 'publish'], granted: { NODE_AUTH_TOKEN: 'k-npm' } },
  {
    profile: 'app',
    line: ['app', 'up'],
    granted: { DATABASE_URL: 'postgres://app:k%2Fpg%40%3A@db.internal:5432/app' },
  },
  {
    profile: 'generic',
    line: ['-p', 'generic', 'deploy'],
    granted: { DEPLOY_TOKEN: 'k-deploy' },
    inherited: ['HOME', 'PATH', 'LANG', 'DEPLOY_STAGE'],
    args: [],
  },
];

const REFUSED: readonly (readonly string[])[] = [
  ['docker', 'build', '-t', 'run', '.'],
  ['gh', 'auth', 'login'],
  ['npm', 'install'],
  ['deploy'],
];

function ready(): { readonly user: User; readonly env: Readonly<Record<string, string>> } {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], {
    input: Object.entries(KEYS)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  });
  const tools = [...LAUNCHES, ...REFUSED.map((line) => ({ line }))].map(
    ({ line }) => (line[0] === '-p' ? line[2] : line[0]) ?? '',
  );
  const [directory = ''] = tools.map((tool) => installRecorder(user, tool));
  // Everything that a profile could grant stands in the caller's shell as well, and what profiles say to unset.
  const shell = Object.fromEntries(Object.keys(KEYS).map((name) => [name, 'of-the-caller']));
  const env = {
    ...shell,
    ANTHROPIC_API_KEY: 'of-the-caller',
    PGPASSWORD: 'of-the-caller',
    DEPLOY_STAGE: 'test',
    PATH: `${directory}:${user.env['PATH']}`,
  };
  return { user, env };
}

test('every profile of the example is launched below', async () => {
  const { user } = ready();
  const { stdout } = user.ok(['--profiles', EXAMPLE, 'profiles', '--json']);
  const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name).sort();
  expect([...new Set(LAUNCHES.map(({ profile }) => profile))].sort()).toEqual(names);
});

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each(LAUNCHES)('$profile: $line', ({ profile, line, granted, inherited, args }) => {
    const { user, env } = ready();
    const result = user.ok(['--profiles', EXAMPLE, ...line], { build, env });
    const caller: Readonly<Record<string, string>> = { ...user.env, ...env };
    const kept = inherited ?? ['HOME', 'PATH', 'LANG', 'DEPLOY_STAGE'];
    const seen = recorded(result);
    expect(seen.env).toEqual({
      ...Object.fromEntries(kept.map((name) => [name, caller[name]])),
      ...granted,
      PQX_PROFILE: profile,
      PQX_GRANTED: seen.env['PQX_GRANTED'],
    });
    expect(seen.env['PQX_GRANTED']?.split(',').sort()).toEqual(Object.keys(granted).sort());
    expect(seen.args).toEqual(args ?? line.slice(1));
    expect(result.stderr).toBe('');
  });

  test.each(REFUSED.map((line) => ({ line })))('no profile is for $line', ({ line }) => {
    const { user, env } = ready();
    const result = user.pqx(['--profiles', EXAMPLE, ...line], { build, env });
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 125, stdout: '' });
    expect(result.stderr).toMatch(/^pqx: no profile matches /);
  });
});
