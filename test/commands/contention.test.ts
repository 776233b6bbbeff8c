/** Many writers at once: nobody's change is lost, and nobody is told to try again. Both builds. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

function start(user: User, build: Build, args: readonly string[], input = ''): Promise<Ended> {
  const [program, ...first] = BUILDS[build];
  const child = spawn(program, [...first, ...args], { env: { ...user.env }, cwd: user.home });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
}

function valuesOf(user: User): unknown {
  return JSON.parse(user.ok(['export', '--format', 'json']).stdout);
}

/** The Node build takes as long for 20 as the standalone for 50. */
const WRITERS: Readonly<Record<Build, number>> = { standalone: 50, node: 20 };

describe.each(BUILD_NAMES)('%s', (build) => {
  const names = Array.from({ length: WRITERS[build] }, (_, index) => `K_${index}`);

  test.each(['v2', 'v1'])(
    `${names.length} concurrent \`set\` of different names in a %s bundle leave as many keys`,
    async (format) => {
      const user = newUser();
      user.ok(['keygen']);
      user.ok(['pack', '--bundle-format', format]);
      const all = await Promise.all(
        names.map((name) => start(user, build, ['set', name], `value of ${name}`)),
      );
      expect(all.filter(({ status }) => status !== 0)).toEqual([]);
      expect(valuesOf(user)).toEqual(Object.fromEntries(names.map((name) => [name, `value of ${name}`])));
      expect(readdirSync(user.config).filter((name) => /tmp|lock/.test(name))).toEqual([]);
      if (format === 'v2')
        expect(JSON.parse(user.ok(['status', '--json']).stdout).bundle.revision).toBe(names.length + 1);
    },
  );

  test('words of every kind at once', async () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['pack'], { input: 'OLD=renamed\nGONE=x\nSTAYS=y\n' });
    user.ok(['keygen', '--stdout', '--pub', 'bob.pub', '--reveal']);
    const ended = await Promise.all([
      start(user, build, ['rotate']),
      start(user, build, ['set', 'A'], 'one'),
      start(user, build, ['rename', 'OLD', 'NEW']),
      start(user, build, ['recipients', 'add', 'bob.pub', '--label', 'bob']),
      start(user, build, ['unset', 'GONE']),
      start(user, build, ['pack', '--merge'], 'B=two\n'),
      start(user, build, ['gen', '--set', 'G', '--format', 'hex']),
      start(user, build, ['rotate']),
      start(user, build, ['verify']),
    ]);
    expect(ended.filter(({ status }) => status !== 0)).toEqual([]);
    expect(valuesOf(user)).toEqual({
      A: 'one',
      B: 'two',
      NEW: 'renamed',
      STAYS: 'y',
      G: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { bundle, identity } = JSON.parse(user.ok(['status', '--json']).stdout);
    expect(bundle.recipients).toEqual([expect.any(String), 'bob']);
    expect(identity.former).toBe(2);
    user.ok(['rotate', '--purge']);
    user.ok(['verify']);
  });

  test('launches and words beside rotations find the bundle to be the one that it was', async () => {
    const user = newUser();
    user.ok(['init']);
    user.ok(['pack'], { input: 'A=one\n' });
    user.write('.config/pqc-secrets/profiles.yaml', 'version: 1\nprofiles:\n  t: { env: { A: A } }\n');
    const rotations = Array.from({ length: 6 }, () => start(user, build, ['rotate']));
    const others = Array.from({ length: 12 }, (_, index) =>
      start(user, build, index % 2 === 0 ? ['-p', 't', 'true'] : ['verify']),
    );
    const ended = await Promise.all([...rotations, ...others]);
    expect(ended.filter(({ status }) => status !== 0)).toEqual([]);
  });

  test('20 concurrent `init` make one identity, and one bundle for it', async () => {
    const user = newUser();
    const all = await Promise.all(Array.from({ length: 20 }, () => start(user, build, ['init'])));
    expect(all.filter(({ status }) => status !== 0)).toEqual([]);
    expect(all.filter(({ stderr }) => stderr.includes('identity  made'))).toHaveLength(1);
    user.ok(['set', 'A'], { input: 'one' });
    expect(valuesOf(user)).toEqual({ A: 'one' });
    expect(readdirSync(user.config).sort()).toEqual([
      'audit.jsonl',
      ...(readdirSync(user.config).includes('cache') ? ['cache'] : []),
      'known.json',
      'machine.kek',
      'private.key.enc',
      'profiles.yaml',
      'recipient.pub',
      'secrets.bundle.json',
      'secrets.bundle.json.bak',
    ]);
  });
});
