/** An identity that comes with the call: PQX_IDENTITY, PQX_IDENTITY_FILE, PQX_IDENTITY_FD. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, type Build, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

interface Injected {
  readonly user: User;
  /** What `keygen --stdout` printed, with its line end. */
  readonly text: string;
  /** The variables without which there is no identity at all. */
  readonly env: Readonly<Record<string, string>>;
}

/** A bundle for an identity of which the config directory knows nothing. */
function injected(build: Build, alg = 'ML-KEM-768'): Injected {
  const user = newUser();
  const text = user.ok(['keygen', '--alg', alg, '--stdout', '--pub', 'recipient.pub'], { build }).stdout;
  const env = { PQX_BUNDLE: join(user.home, 'bundle.json') };
  user.ok(['pack'], { build, input: 'A=geheim\n', env: { ...env, PQX_IDENTITY: text } });
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    'version: 1\nprofiles:\n  printenv: { command: printenv, env: { A: A } }\n  sh: { command: sh, env: { A: A } }\n  masked: { command: [cat, env], env: { A: A }, mask: true }\n',
  );
  return { user, text, env };
}

describe.each(BUILD_NAMES)('an injected identity, %s', (build) => {
  test.each(['ML-KEM-768', 'ML-KEM-1024'])('%s: in the variable, a file and a descriptor', (alg) => {
    const { user, text, env } = injected(build, alg);
    const bare = user.pqx(['get', 'A'], { build, env });
    expect(bare).toMatchObject({ status: 1, stdout: '' });
    expect(bare.stderr).toContain('pqx: there is no identity in ');
    expect(user.ok(['get', 'A'], { build, env: { ...env, PQX_IDENTITY: text } }).stdout).toBe('geheim');
    const file = user.write('seed', text, 0o444);
    expect(user.ok(['get', 'A'], { build, env: { ...env, PQX_IDENTITY_FILE: 'seed' } }).stdout).toBe(
      'geheim',
    );
    const line = `PQX_IDENTITY_FD=7 pqx printenv A 7< ${file}`;
    expect(user.shell(line, { build, env })).toMatchObject({ status: 0, stdout: 'geheim\n' });
    expect(readdirSync(user.config)).not.toContain('private.key.enc');
  });

  test('base64, upper-case hex and white space', () => {
    const { user, text, env } = injected(build);
    const base64 = Buffer.from(text.trim(), 'hex').toString('base64');
    for (const PQX_IDENTITY of [base64, `\t${text.trim().toUpperCase()}\r\n`, text.trim()])
      expect(user.ok(['get', 'A'], { build, env: { ...env, PQX_IDENTITY } }).stdout).toBe('geheim');
  });

  test('the target gets neither the variables nor the descriptor, whether the key was needed or not', () => {
    const { user, text, env } = injected(build);
    const file = user.write('seed', text, 0o400);
    for (const command of ['sh', 'run --passthrough -- dash']) {
      const line = `PQX_IDENTITY_FD=7 pqx ${command} -c 'env; test -e /proc/self/fd/7 && echo open; test -e /proc/self/fd/8 && echo other' 7< ${file} 8< ${file}`;
      const { stdout, status, stderr } = user.shell(line, { build, env });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toMatch(/PQX_IDENTITY|^open$/m);
      expect(stdout).toMatch(/^other$/m);
    }
  });

  test.each([
    ['empty', '', 'PQX_IDENTITY is set, and there is no private key in it'],
    ['no hex', 'geheimes wort', 'PQX_IDENTITY is neither hex nor base64 of a private key'],
    ['too short', 'abcd', 'the private key in it has 2 bytes, which no form of it has'],
  ])('%s: refused, and nothing else is tried instead', (_, PQX_IDENTITY, message) => {
    const { user, env } = injected(build);
    user.ok(['keygen', '--force'], { build });
    const launched = user.pqx(['printenv', 'A'], { build, env: { ...env, PQX_IDENTITY } });
    expect(launched).toMatchObject({ status: 125, stdout: '' });
    expect(launched.stderr).toContain(message);
    expect(launched.stderr).not.toContain('wort');
  });

  test('another identity is not replaced by the one of the config directory', () => {
    const { user, text, env } = injected(build);
    user.ok(['keygen'], { build });
    const own = { PQX_BUNDLE: join(user.home, 'own.json') };
    user.ok(['pack'], { build, env: own, input: 'B=mine\n' });
    const refused = user.pqx(['get', 'B'], { build, env: { ...own, PQX_IDENTITY: text } });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(user.ok(['get', 'A'], { build, env: { ...env, PQX_IDENTITY: text } }).stdout).toBe('geheim');
  });

  test('two of them at once, a file that is not there, a descriptor that is not open: each is said', () => {
    const { user, text, env } = injected(build);
    const get = (more: Record<string, string>) => user.pqx(['get', 'A'], { build, env: { ...env, ...more } });
    expect(get({ PQX_IDENTITY: text, PQX_IDENTITY_FILE: 'x' }).stderr).toBe(
      'pqx: PQX_IDENTITY and PQX_IDENTITY_FILE are both set, and only one can be meant\n  hint: unset PQX_IDENTITY_FILE\n',
    );
    expect(get({ PQX_IDENTITY_FILE: 'x' }).stderr).toContain('there is no file ');
    for (const PQX_IDENTITY_FD of ['', '0', '9', 'x'])
      expect(get({ PQX_IDENTITY_FD }).stderr).toContain('PQX_IDENTITY_FD names no open descriptor above 2');
  });

  test('rotate says that it would change another', () => {
    const { user, text, env } = injected(build);
    const { status, stderr } = user.pqx(['rotate'], { build, env: { ...env, PQX_IDENTITY: text } });
    expect(status).toBe(1);
    expect(stderr).toContain('rotate would change another');
  });
});

test('a supervised target finds no injected identity in the environment of its parent', () => {
  const { user, text, env } = injected('standalone');
  const seed = text.trim();
  const line =
    'pqx cat /proc/self/environ; pqx -p masked env sh -c \'tr "\\0" "\\n" < /proc/$PPID/environ; echo; echo of $PPID\'';
  const { stdout, stderr } = user.shell(line, { env: { ...env, PQX_IDENTITY: seed } });
  expect(stdout, stderr).toMatch(/of [0-9]+/);
  // As root the parent's environment can be read, and the rest of it is there.
  if (process.getuid?.() === 0) expect(stdout).toMatch(/^PQX_IDENTITY=$/m);
  expect(stdout).not.toContain(seed);
  expect(readFileSync('/proc/self/environ', 'utf8')).not.toContain(seed);
});
