/** profiles.example.yaml works as it stands: every profile in it is launched, against a stand-in for its tool. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAS_MEMORY } from '../files/place.ts';
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
  KUBE_TOKEN: 'k-kube',
  REGISTRY_AUTH: 'bWU6a2V5',
  GOOGLE_SERVICE_ACCOUNT: '{"type":"service_account"}',
  API_PASSWORD: 'k-api',
  CODEX_AUTH_JSON: '{"tokens":{}}',
};

interface Launch {
  readonly profile: string;
  readonly line: readonly string[];
  /** Variables that the launch sets; the path of a file by its end. */
  readonly granted: Readonly<Record<string, string | RegExp>>;
  /** Names of the caller's that the target still sees; those of `safe` unless said. */
  readonly inherited?: readonly string[];
  /** The target's arguments; those of the line unless said. */
  readonly args?: readonly (string | RegExp)[];
  /** What its files hold, by the variable that names one or by the path. */
  readonly files?: readonly string[];
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
    profile: 'pg-dump',
    line: ['pg_dump', '-h', 'db'],
    granted: { PGPASSWORD: 'k/pg@:', PGAPPNAME: 'pqx' },
  },
  {
    profile: 'psql',
    line: ['psql', '-h', 'db.internal'],
    granted: { PGPASSFILE: /\/pgpass$/ },
    files: ['db.internal:5432:*:app:k/pg@\\:\n'],
  },
  {
    profile: 'npm-publish',
    line: ['npm', 'publish'],
    granted: { NPM_CONFIG_USERCONFIG: /\/\.npmrc$/ },
    files: ['//npm.example.com/:_authToken=k-npm\n'],
  },
  {
    profile: 'kubectl',
    line: ['kubectl', 'get', 'pods'],
    granted: { KUBECONFIG: /\/config$/ },
    files: ['    user:\n      token: "k-kube"\n'],
  },
  {
    profile: 'docker-registry',
    line: ['docker', 'push', 'images.example.com/image'],
    granted: { DOCKER_CONFIG: /\/files$/ },
    files: ['    "images.example.com": {\n      "auth": "bWU6a2V5"\n    }\n'],
  },
  {
    profile: 'google',
    line: ['gsutil', 'ls'],
    granted: { GOOGLE_APPLICATION_CREDENTIALS: /\/service-account\.json$/ },
    files: ['{"type":"service_account"}'],
  },
  {
    profile: 'curl-api',
    line: ['-p', 'curl-api', 'curl', 'https://api.example.com/'],
    granted: {},
    args: ['--netrc-file', /\/netrc$/, 'https://api.example.com/'],
    files: ['machine api.example.com login me password k-api\n'],
  },
  {
    profile: 'codex-login',
    line: ['-p', 'codex-login', 'codex'],
    granted: {},
    args: [],
    files: ['{"tokens":{}}'],
  },
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

/** Set by `value`: an inner launch may inherit them. */
const PLAIN = ['ANTHROPIC_BASE_URL', 'GH_PROMPT_DISABLED', 'PGAPPNAME'];

function matching(value: string | RegExp): unknown {
  return typeof value === 'string' ? value : expect.stringMatching(value);
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
      ...Object.fromEntries(Object.entries(granted).map(([name, value]) => [name, matching(value)])),
      PQX_PROFILE: profile,
      PQX_GRANTED: seen.env['PQX_GRANTED'],
    });
    expect(seen.env['PQX_GRANTED']?.split(',').filter(Boolean).sort()).toEqual(
      Object.keys(granted)
        .filter((name) => !PLAIN.includes(name))
        .sort(),
    );
    expect(seen.args).toEqual((args ?? line.slice(1)).map(matching));
    expect(result.stderr).toBe('');
  });

  test.runIf(HAS_MEMORY).each(LAUNCHES.filter(({ files }) => files !== undefined))(
    '$profile: what its files hold, and that they are gone',
    async ({ line, files = [] }) => {
      const { user, env } = ready();
      const tool = line[0] === '-p' ? line[2] : line[0];
      // Everything that any of the examples names a file by.
      const named = '$PGPASSFILE $NPM_CONFIG_USERCONFIG $KUBECONFIG $GOOGLE_APPLICATION_CREDENTIALS';
      const script = `#!/bin/sh\nfor f in ${named} "$DOCKER_CONFIG"/config.json "$2" ~/.codex/auth.json; do [ -f "$f" ] && cat "$f"; done; :\n`;
      user.write(`bin/${tool}`, script, 0o755);
      const { stdout } = user.ok(['--profiles', EXAMPLE, ...line], { build, env });
      for (const content of files) expect(stdout).toContain(content);
      expect(user.shell('ls -A ~/.codex 2>/dev/null').stdout).toBe('');
    },
  );

  test.each(REFUSED.map((line) => ({ line })))('no profile is for $line', ({ line }) => {
    const { user, env } = ready();
    const result = user.pqx(['--profiles', EXAMPLE, ...line], { build, env });
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 125, stdout: '' });
    expect(result.stderr).toMatch(/^pqx: no profile matches /);
  });
});
