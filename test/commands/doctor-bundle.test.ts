/** `doctor` opens what it can without a question: what no word could open is said before a launch fails for it. */
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, root, type User } from '../support/programs.ts';
import { onTerminal } from '../support/terminal.ts';
import { newUser } from '../support/user.ts';
import { bundleFile } from '../support/v2.ts';

interface Finding {
  readonly level: string;
  readonly topic: string;
  readonly message: string;
  readonly hint?: string;
}

type Env = Readonly<Record<string, string>>;

function ready(): User {
  const user = newUser();
  user.ok(['init']);
  user.ok(['set', 'A'], { input: 'canary' });
  return user;
}

function seen(user: User, topic: string, env: Env = {}, build: Build = 'standalone') {
  const { status, stdout } = user.pqx(['doctor', '--json'], { env, build });
  expect(stdout).not.toContain('canary');
  const report: { readonly findings: readonly Finding[] } = JSON.parse(stdout);
  return { status, findings: report.findings.filter((finding) => finding.topic === topic) };
}

function withHint(user: User, { findings }: ReturnType<typeof seen>, level: string): string {
  const hint = findings.find((finding) => finding.level === level)?.hint ?? '';
  // What stands behind three spaces says what it does.
  const ran = user.shell(hint.replace(/ {3}.*$/, ''));
  expect([hint, ran.stderr, ran.status]).toEqual([hint, expect.any(String), 0]);
  return hint;
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('it opens: said, with the copy from before the last change', () => {
    const user = ready();
    const backup = `${bundleFile(user)}.bak`;
    const known = readFileSync(join(user.config, 'known.json'));
    expect(seen(user, 'bundle', {}, build)).toEqual({
      status: 0,
      findings: [
        { level: 'ok', topic: 'bundle', message: `${bundleFile(user)} (v2, 1 key) opens` },
        {
          level: 'ok',
          topic: 'bundle',
          message: `${backup} keeps the values from before the last change`,
          hint: `rm ${backup}`,
        },
      ],
    });
    expect(readFileSync(join(user.config, 'known.json'))).toEqual(known);
  });

  test('another bundle that was made with the public key: unsafe, and `verify --accept` takes it', () => {
    const user = ready();
    user.ok(['--bundle', 'other.json', 'pack'], { input: 'A=canary\nB=canary\n' });
    renameSync(join(user.home, 'other.json'), bundleFile(user));
    const found = seen(user, 'bundle', {}, build);
    expect(found).toMatchObject({ status: 1, findings: [{ level: 'unsafe' }, { level: 'ok' }] });
    expect(found.findings[0]?.message).toBe(
      `${bundleFile(user)} is not the bundle that was opened here before`,
    );
    withHint(user, found, 'unsafe');
    expect(seen(user, 'bundle', {}, build).status).toBe(0);
  });

  test('changed by somebody without the data key: wrong, and the hint tries the copy', () => {
    const user = ready();
    const document = JSON.parse(readFileSync(bundleFile(user), 'utf8'));
    document.entries.A.ciphertext_b64 = `AAAA${document.entries.A.ciphertext_b64.slice(4)}`;
    writeFileSync(bundleFile(user), JSON.stringify(document));
    const found = seen(user, 'bundle', {}, build);
    expect(found).toMatchObject({ status: 1, findings: [{ level: 'wrong' }, { level: 'ok' }] });
    expect(found.findings[0]?.message).toBe(`${bundleFile(user)} is damaged or tampered with`);
    withHint(user, found, 'wrong');
  });

  test('made for somebody else: wrong', () => {
    const user = ready();
    copyFileSync(bundleFile(ready()), bundleFile(user));
    const { status, findings } = seen(user, 'bundle', {}, build);
    expect(status).toBe(1);
    expect(findings[0]).toMatchObject({ level: 'wrong' });
    expect(findings[0]?.message).toContain('is not for this identity');
  });

  test('under a passphrase: not tried, but where none is needed', async () => {
    const user = ready();
    const PQX_PASSPHRASE_FILE = user.write('word', 'word\n');
    user.ok(['identity', '--to', 'passphrase'], { env: { PQX_PASSPHRASE_FILE } });
    expect(seen(user, 'bundle', {}, build)).toMatchObject({
      status: 0,
      findings: [
        {
          level: 'note',
          message: `${bundleFile(user)} (v2, 1 key) was not tried: it is under a passphrase, and nobody is asked`,
          hint: 'pqx verify',
        },
        { level: 'ok' },
      ],
    });
    expect(seen(user, 'bundle', { PQX_PASSPHRASE_FILE }, build)).toMatchObject({
      status: 0,
      findings: [{ message: `${bundleFile(user)} (v2, 1 key) opens` }, { level: 'ok' }],
    });
    const wrong = { PQX_PASSPHRASE_FILE: user.write('wrong', 'other\n') };
    expect(seen(user, 'identity', wrong, build)).toMatchObject({
      status: 1,
      findings: [{ level: 'wrong' }, { level: 'note' }],
    });
  });
});

test('it asks nothing on a terminal either', async () => {
  const user = ready();
  const PQX_PASSPHRASE_FILE = user.write('word', 'word\n');
  user.ok(['identity', '--to', 'passphrase'], { env: { PQX_PASSPHRASE_FILE } });
  const session = onTerminal(user, join(root, 'bin', 'pqx'), ['doctor']);
  const { status, shown } = await session.ended;
  expect(status).toBe(0);
  expect(shown).toContain('was not tried');
  expect(shown).not.toContain('Passphrase of');
});

test('an injected identity is the one that is tried', () => {
  const user = ready();
  const PQX_IDENTITY = newUser().ok(['keygen', '--stdout', '--pub', 'x.pub']).stdout.trim();
  expect(seen(user, 'bundle', { PQX_IDENTITY })).toMatchObject({
    status: 1,
    findings: [{ level: 'wrong' }, {}],
  });
});

test('an earlier state is a note, and wrong where the profile file refuses it', () => {
  const user = ready();
  copyFileSync(bundleFile(user), join(user.home, 'older'));
  user.ok(['set', 'B'], { input: 'canary' });
  copyFileSync(join(user.home, 'older'), bundleFile(user));
  const message = `${bundleFile(user)} is at revision 2, and revision 3 was opened here before`;
  expect(seen(user, 'bundle')).toMatchObject({
    status: 0,
    findings: [{ level: 'ok' }, { level: 'note', message }, {}],
  });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nsettings: { rollback: refuse }\nprofiles: {}\n',
  );
  const found = seen(user, 'bundle');
  expect(found).toMatchObject({ status: 1, findings: [{ level: 'ok' }, { level: 'unsafe', message }, {}] });
  withHint(user, found, 'unsafe');
  expect(seen(user, 'bundle').status).toBe(0);
});

test('a recipient.pub that is not the identity’s own: wrong, and the hint mends it', () => {
  const user = ready();
  copyFileSync(join(ready().config, 'recipient.pub'), join(user.config, 'recipient.pub'));
  const found = seen(user, 'identity');
  expect(found.status).toBe(1);
  expect(found.findings[0]?.message).toContain(
    'recipient.pub is not the public key of the identity beside it',
  );
  withHint(user, found, 'wrong');
  expect(seen(user, 'identity').status).toBe(0);
});

test('each bundle that the profile files lead to; the copy goes by the hint', () => {
  const user = ready();
  user.ok(['--bundle', `${user.home}/repo/team.json`, 'pack'], { input: 'T=canary\n' });
  user.write(
    'repo/.pqx.yaml',
    'version: 1\nsettings: { bundle: team.json }\nprofiles: { t: { command: env } }\n',
  );
  const cwd = join(user.home, 'repo');
  const messages = () =>
    (JSON.parse(user.pqx(['doctor', '--json'], { cwd }).stdout).findings as readonly Finding[])
      .filter(({ topic }) => topic === 'bundle')
      .map(({ message }) => message);
  expect(messages()).toHaveLength(2);
  user.ok(['trust', '--yes'], { cwd });
  expect(messages().slice(0, 2)).toEqual([
    `${cwd}/team.json (v2, 1 key) opens`,
    `${bundleFile(user)} (v2, 1 key) opens`,
  ]);
  const hint = seen(user, 'bundle').findings.find(({ hint }) => hint?.startsWith('rm ') === true)?.hint ?? '';
  expect(user.shell(hint).status).toBe(0);
  expect(existsSync(`${bundleFile(user)}.bak`)).toBe(false);
});
