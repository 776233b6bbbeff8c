/** The examples of docs/CI.md, run as far as they go without the services that they are for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, root, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const DOCUMENT = readFileSync(join(root, 'docs', 'CI.md'), 'utf8');
const PROFILES = `version: 1
profiles:
  app: { command: printenv, env: { A: A } }
  deploy: { command: "./deploy.sh", env: { A: A } }
`;

/** The one block below a heading that starts so. */
function example(heading: string): string {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(heading));
  const text = /^```\w*\n([\s\S]*?)^```$/m.exec(section ?? '')?.[1];
  if (text === undefined) throw new Error(`docs/CI.md has no example for ${heading}`);
  return text;
}

function part(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`${pattern} is not in the example:\n${text}`);
  return found;
}

interface Place {
  readonly user: User;
  /** What goes into the secret store of CI. */
  readonly key: string;
  /** A home without an identity. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/** The commands at the page's head, run by one who has the bundle; then the bundle goes where there is no identity. */
function place(build: Build): Place {
  const user = newUser();
  user.ok(['keygen'], { build });
  user.ok(['pack'], { build, input: 'A=a1\n' });
  const first = /^```\n([\s\S]*?)^```$/m.exec(DOCUMENT)?.[1] ?? '';
  const { stdout, status, stderr } = user.shell(`set -e\n${first}`, { build });
  expect([status, stderr.match(/^pqx: .*$/gm)]).toEqual([0, null]);
  const key = stdout.split('\n')[0] ?? '';
  expect(key).toMatch(/^[0-9a-f]{128}$/);
  user.shell(
    'mkdir -p empty etc app/pqx work && for place in etc app/pqx work; do cp .config/pqc-secrets/secrets.bundle.json $place; done',
  );
  user.write('work/profiles.yaml', PROFILES);
  user.write('etc/profiles.yaml', PROFILES);
  user.write('app/pqx/profiles.yaml', PROFILES);
  user.write(
    'work/deploy.sh',
    '#!/bin/sh\necho "deploys with $A, and ${PQX_IDENTITY-nothing else}"\n',
    0o755,
  );
  return { user, key, elsewhere: { PQC_CONFIG_DIR: join(user.home, 'empty') } };
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('GitHub Actions: the step, with the secret in the place of its expression', () => {
    const { user, key, elsewhere } = place(build);
    const text = example('GitHub Actions');
    const run = part(text, /^- run: (.*)$/m);
    const name = part(text, /^ {4}(\w+): \$\{\{ secrets\.\w+ \}\}$/m);
    const cwd = join(user.home, 'work');
    const step = (value: string) => user.shell(run, { build, cwd, env: { ...elsewhere, [name]: value } });
    expect(step(key)).toMatchObject({ status: 0, stdout: 'deploys with a1, and nothing else\n' });
    // As a pull request from a fork gets it.
    expect(step('')).toMatchObject({ status: 125, stdout: '' });
  });

  test('a descriptor', () => {
    const { user, key, elsewhere } = place(build);
    const line = example('A descriptor').trim();
    const vault = user.write('bin/vault', `#!/bin/sh\necho ${key}\n`, 0o755);
    const env = { ...elsewhere, PATH: `${join(vault, '..')}:${user.env['PATH']}` };
    const result = user.shell(line, { build, env, cwd: join(user.home, 'work') });
    expect(result).toMatchObject({ status: 0, stdout: 'deploys with a1, and nothing else\n' });
  });

  const namespaces = spawnSync('unshare', ['-mpf', '--mount-proc', 'true']).status === 0;
  test.skipIf(!namespaces)('/run/secrets, and pqx as process 1 (needs root, util-linux)', () => {
    const { user, key } = place(build);
    const text = example('Containers');
    const [, environment = ''] = /environment: \{ (.*) \}/.exec(text) ?? [];
    const variables = environment
      .replaceAll(/(\w+): ([^,]+),?/g, '$1=$2')
      .replaceAll('/app/', `${user.home}/app/`);
    const entrypoint = part(text, /entrypoint: \[(.*)\]/).replaceAll(',', '');
    const secret = part(text, /secrets: \[(\w+)\]/);
    const source = user.write('secret', key, 0o444);
    const line = `mount -t tmpfs none /run && mkdir /run/secrets && cp ${source} /run/secrets/${secret} && export ${variables} && exec ${entrypoint} sh -c 'echo "$$ $A \${PQX_IDENTITY_FILE-gone}"'`;
    const inside = user.shell(`exec unshare -mpf --mount-proc bash -c "$LINE"`, {
      build,
      env: { LINE: line },
    });
    expect(inside).toMatchObject({ status: 0, stderr: '', stdout: '1 a1 gone\n' });
  });

  test('systemd: the unit, in the environment that a service of the system gets', () => {
    const { user, key } = place(build);
    const unit = example('systemd');
    const name = part(unit, /^LoadCredential\w*=(\w+)(?::.*)?$/m);
    user.write(`credentials/${name}`, key, 0o400);
    const local = (text: string) =>
      text
        .replaceAll('%d', '"$CREDENTIALS_DIRECTORY"')
        .replaceAll('/etc/pqx', join(user.home, 'etc'))
        .replace('/usr/local/bin/pqx', 'pqx')
        .replace('/opt/app/server', 'printenv A');
    const variables = [...unit.matchAll(/^Environment=(.*)$/gm)].map(([, value = '']) => local(value));
    const start = local(part(unit, /^ExecStart=(.*)$/m));
    // No HOME, as for a service of the system without User=.
    const line = `unset HOME PQC_CONFIG_DIR; export ${variables.join(' ')}; ${start}`;
    const env = { CREDENTIALS_DIRECTORY: join(user.home, 'credentials') };
    expect(user.shell(line, { build, env })).toMatchObject({ status: 0, stderr: '', stdout: 'a1\n' });
  });
});

test('what it says of systemd is a unit that systemd takes (needs systemd)', ({ skip }) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return skip();
  const user = newUser();
  const unit = example('systemd').replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true');
  const file = user.write('app.service', unit);
  const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  expect(stderr.split('\n').filter((line) => line.includes('app.service'))).toEqual([]);
});
