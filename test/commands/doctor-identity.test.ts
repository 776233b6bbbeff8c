/** What `doctor` says of the identity. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

/** The findings about the identity, and doctor's status. */
function seen(user: User, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout } = user.pqx(['doctor', '--json'], { env });
  const findings: readonly { level: string; topic: string; message: string; hint?: string }[] =
    JSON.parse(stdout).findings;
  return { status, findings: findings.filter(({ topic }) => topic === 'identity') };
}

test('in the file store, under a passphrase, and with half of it gone', () => {
  const user = newUser();
  expect(seen(user).findings).toEqual([]);
  user.ok(['keygen']);
  const message = 'private.key.enc and machine.kek lie side by side: who reads both has the private key';
  const ok = { level: 'ok', topic: 'identity' };
  expect(seen(user)).toEqual({
    status: 0,
    findings: [{ ...ok, message, hint: 'pqx identity --to passphrase' }],
  });
  user.ok(['identity', '--to', 'passphrase'], { env: { PQX_PASSPHRASE_FILE: user.write('p', 'word\n') } });
  const under = `${user.config}/private.key.enc is under a passphrase`;
  expect(seen(user)).toEqual({ status: 0, findings: [{ ...ok, message: under }] });
  user.ok(['identity', '--to', 'file'], { env: { PQX_PASSPHRASE_FILE: join(user.home, 'p') } });
  unlinkSync(join(user.config, 'machine.kek'));
  expect(seen(user)).toMatchObject({
    status: 1,
    findings: [
      {
        level: 'wrong',
        message: `${user.config}/machine.kek is missing, and private.key.enc does not open without it`,
      },
    ],
  });
});

test('injected, by a file that others can read or that is not there', () => {
  const user = newUser();
  const seed = user.ok(['keygen', '--stdout', '--pub', 'ci.pub']).stdout;
  const PQX_IDENTITY_FILE = user.write('seed', seed, 0o600);
  expect(seen(user, { PQX_IDENTITY_FILE }).findings.map(({ level }) => level)).toEqual(['ok']);
  const open = user.write('open', seed, 0o444);
  expect(seen(user, { PQX_IDENTITY_FILE: open })).toMatchObject({
    status: 0,
    findings: [{ level: 'ok' }, { level: 'note', hint: `chmod 600 ${open}` }],
  });
  expect(seen(user, { PQX_IDENTITY_FILE: '/no/such' })).toMatchObject({
    status: 1,
    findings: [{ level: 'ok' }, { level: 'wrong' }],
  });
});

test('a private key without another beside it, and former ones that are kept', () => {
  const user = newUser();
  user.ok(['keygen']);
  user.ok(['pack'], { input: 'A=a1\n' });
  const notes = () =>
    seen(user).findings.flatMap(({ level, message }) => (level === 'note' ? [message] : []));
  const only = `only one private key opens ${user.config}/secrets.bundle.json: when it is lost, so is all that is in there`;
  expect(notes()).toEqual([only]);
  user.ok(['keygen', '--stdout', '--pub', 'backup.pub']);
  user.ok(['recipients', 'add', 'backup.pub', '--label', 'backup']);
  expect(notes()).toEqual([]);
  user.ok(['rotate']);
  expect(notes()).toEqual(['1 former private key kept, for bundles that are still for one']);
  user.ok(['rotate', '--purge']);
  user.ok(['recipients', 'remove', 'backup']);
  expect(notes()).toEqual([only]);
});
