/** `doctor`: what is unsafe or does not work is found, named, and mended by its hint. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

interface Finding {
  readonly level: string;
  readonly topic: string;
  readonly message: string;
  readonly hint?: string;
}

function ready(profiles = 'version: 1\nprofiles:\n  env: { command: env }\n'): User {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'KEY=value\n' });
  user.write('.config/pqc-secrets/profiles.yaml', profiles);
  return user;
}

function findings(user: User, level: string, env: Readonly<Record<string, string>> = {}): readonly Finding[] {
  const report: { readonly findings: readonly Finding[] } = JSON.parse(
    user.pqx(['doctor', '--json'], { env }).stdout,
  );
  return report.findings.filter((finding) => finding.level === level);
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('nothing to mend: status 0, and every topic looked at', () => {
    const result = ready().pqx(['doctor'], { build });
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(
      /^ok +store .*\n(?:.*\n)*ok +profiles .*1 profile\n(?:.*\n)*nothing to mend\n$/,
    );
    expect(result.stdout).not.toContain('value');
  });

  test('a key file that others can read: unsafe, status 1, and the hint mends it', () => {
    const user = ready();
    chmodSync(join(user.config, 'machine.kek'), 0o644);
    const result = user.pqx(['doctor'], { build });
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/^unsafe +store +others can read .*machine\.kek$/m);
    const hint = findings(user, 'unsafe')[0]?.hint ?? '';
    expect(user.shell(hint).status).toBe(0);
    expect(user.pqx(['doctor'], { build }).status).toBe(0);
  });
});

test('several files that others can read: one chmod that can be pasted mends them all', () => {
  const user = ready();
  for (const name of ['machine.kek', 'private.key.enc']) chmodSync(join(user.config, name), 0o644);
  chmodSync(join(user.config, 'profiles.yaml'), 0o622);
  chmodSync(join(user.config, 'known.json'), 0o666);
  const hints = findings(user, 'unsafe').map(({ hint }) => hint ?? '');
  expect(hints).toEqual([
    `chmod 600 ${user.config}/private.key.enc ${user.config}/machine.kek`,
    `chmod go-w ${user.config}/profiles.yaml ${user.config}/known.json`,
  ]);
  for (const hint of hints) expect(user.shell(hint).status).toBe(0);
  chmodSync(user.config, 0o777);
  const [once, ...more] = findings(user, 'unsafe');
  expect(once).toMatchObject({ hint: `chmod go-w ${user.config}` });
  expect(more).toEqual([]);
});

test('the project file from here: new, trusted, changed', () => {
  const user = ready();
  const file = user.write('repo/.pqx.yaml', 'version: 1\nprofiles: { p: { command: env } }\n');
  const cwd = join(user.home, 'repo');
  const said = () => {
    const { stdout } = user.pqx(['doctor'], { cwd });
    return stdout.split('\n').filter((line) => line.includes('project file'));
  };
  expect(said()).toEqual([`note    profiles   the project file ${file} is not trusted, and grants nothing`]);
  user.ok(['trust', '--yes'], { cwd });
  expect(said()).toEqual([`ok      profiles   the project file ${file} is trusted`]);
  user.write('repo/.pqx.yaml', 'version: 1\nprofiles: { p: { command: ls } }\n');
  expect(said()).toEqual([
    `note    profiles   the project file ${file} has changed since it was trusted, and grants nothing`,
  ]);
});

test('a broken profile file and a missing half of the identity are wrong', () => {
  const user = ready('version: 1\nprofiles:\n  x: { comand: x }\n');
  rmSync(join(user.config, 'private.key.enc'));
  expect(findings(user, 'wrong').map(({ message }) => message)).toEqual([
    `${user.config}/profiles.yaml:3:8: unknown field \`comand\` in profiles.x`,
    'machine.kek is there and private.key.enc is not: nothing opens',
  ]);
});

test('tools that are not there, patterns that never match, profiles that are never chosen', () => {
  const user = ready(`version: 1
profiles:
  gone: { command: [no-such-tool-a, no-such-tool-b] }
  half: { command: [no-such-tool-a, env] }
  all: { command: cat }
  late: { command: cat }
  some: { command: ls, args: ["-l **"] }
  rest: { command: ls }
  engine: { command: podman, args: ["--root ** run **"] }
  glob: { command: "*" }
`);
  user.write('bin/podman', '#!/bin/sh\n', 0o755);
  const path = { PATH: `${user.home}/bin:${user.env['PATH']}` };
  const notes = findings(user, 'note', path).filter(({ topic }) => topic === 'profiles');
  expect(notes.map(({ message }) => message.replace(/^.*profiles\.yaml:/, ''))).toEqual([
    '3: no-such-tool-a, no-such-tool-b of the profile gone is not in PATH',
    '9: the `args` pattern --root ** run ** never matches: it is matched behind the global options of podman',
    '6: the profile late is never chosen: all gets every command line of its',
  ]);
});

test('an executable that others can write is unsafe', () => {
  const user = ready('version: 1\nprofiles:\n  t: { command: tool }\n');
  const tool = user.write('bin/tool', '#!/bin/sh\n', 0o755);
  chmodSync(tool, 0o757);
  const path = { PATH: `${user.home}/bin:${user.env['PATH']}` };
  expect(findings(user, 'unsafe', path)).toEqual([
    {
      level: 'unsafe',
      topic: 'profiles',
      message: `${user.config}/profiles.yaml:3: others can write ${tool}, which tool of the profile t is`,
      hint: `chmod go-w ${tool}`,
    },
  ]);
});

test('an engine on another machine, by the environment or by the context in use', () => {
  const user = ready('version: 1\nprofiles:\n  c: { command: [docker, podman], args: ["run **"] }\n');
  for (const name of ['docker', 'podman']) user.write(`bin/${name}`, '#!/bin/sh\n', 0o755);
  const path = { PATH: `${user.home}/bin:${user.env['PATH']}` };
  const said = (level: string, env: Readonly<Record<string, string>>) =>
    findings(user, level, { ...path, ...env })
      .filter(({ topic }) => topic === 'containers')
      .map(({ message }) => message);
  expect(said('ok', {})).toEqual([
    "the engine of docker is this machine's",
    "the engine of podman is this machine's",
  ]);
  expect(said('note', { DOCKER_HOST: 'ssh://user:secret@h', CONTAINER_HOST: 'unix:///x' })).toEqual([
    'docker: DOCKER_HOST leads to another machine (ssh:); granted variables go there, and `container: files` is refused',
  ]);
  user.write('.docker/config.json', '{"currentContext":"prod"}');
  user.write(
    '.docker/contexts/meta/ab/meta.json',
    '{"Name":"prod","Endpoints":{"docker":{"Host":"tcp://h:1"}}}',
  );
  expect(said('note', {})[0]).toContain('docker: the context in use leads to another machine (tcp:)');
});
