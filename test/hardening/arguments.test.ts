/** The private key stands in no argument of any process, whatever is done with it. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { keychainUser, lookUp, MAIN, missingPackage, NEEDS } from '../support/keychain.ts';
import { BUILD_NAMES } from '../support/programs.ts';
import { newUser } from '../support/user.ts';
import { startPqx, watchArguments } from '../support/watch.ts';

const PROFILES = `version: 1
profiles:
  sh: { command: sh, env: { A: A } }
  masked: { command: dash, env: { A: A }, mask: true }
`;

/** As a key could stand somewhere: hex in either case, and base64. Its first half will do. */
function formsOf(key: Uint8Array): readonly string[] {
  const bytes = Buffer.from(key);
  const hex = bytes.toString('hex').slice(0, 64);
  return [
    hex,
    hex.toUpperCase(),
    bytes.toString('base64').slice(0, 40),
    bytes.toString('base64url').slice(0, 40),
  ];
}

async function seedIn(directory: string): Promise<readonly string[]> {
  return formsOf((await loadFileIdentity(directory)).bytes);
}

describe.each(BUILD_NAMES)('%s', (build) => {
  test('keygen, set, get, launches, recipients, identity, rotate', async () => {
    const user = newUser();
    user.write('.config/pqc-secrets/profiles.yaml', PROFILES);
    const stop = watchArguments();
    const ran: string[][] = [];
    const run = async (args: string[], input = '', env: Readonly<Record<string, string>> = {}) => {
      ran.push(args);
      const ended = await startPqx(user, args, { build, input, env });
      expect(ended.status, `${args.join(' ')}: ${ended.stderr}`).toBe(0);
      return ended.stdout;
    };
    await run(['keygen']);
    const first = await seedIn(user.config);
    await run(['pack'], 'A=a1\n');
    await run(['set', 'B'], 'b1');
    expect(await run(['get', 'A'])).toBe('a1');
    expect(await run(['sh', '-c', 'sleep 0.1; echo $A'])).toBe('a1\n');
    await run(['dash', '-c', 'sleep 0.1; echo $A']);
    const other = (await run(['keygen', '--stdout', '--pub', 'other.pub'])).trim();
    await run(['recipients', 'add', 'other.pub', '--label', 'other']);
    const injected = { PQX_IDENTITY: other };
    expect(await run(['get', 'A'], '', injected)).toBe('a1');
    await run(['dash', '-c', 'sleep 0.1; echo $A'], '', injected);
    const passphrase = { PQX_PASSPHRASE_FILE: user.write('passphrase', 'made up for this test') };
    await run(['identity', '--to', 'passphrase'], '', passphrase);
    await run(['sh', '-c', 'sleep 0.1; echo $A'], '', passphrase);
    await run(['identity', '--to', 'file'], '', passphrase);
    await run(['recipients', 'remove', 'other']);
    await run(['rotate']);
    const second = await seedIn(user.config);
    expect(second).not.toEqual(first);
    const words = [...first, ...second, ...formsOf(Buffer.from(other, 'hex'))];
    expect(stop(...words, 'made up for this test')).toEqual([]);
  });
});

describe.skipIf(missingPackage !== undefined).each(BUILD_NAMES)(`in the keychain: ${NEEDS}, %s`, (build) => {
  test('keygen, launch, identity, rotate, migrate: in no argument, no variable, no file', async () => {
    const user = await keychainUser(build, true, 'elsewhere');
    const { env } = user.session;
    const stops = [watchArguments(), watchArguments('environ')];
    const run = async (args: readonly string[], more: Readonly<Record<string, string>> = {}, input = '') => {
      const ended = await startPqx(user, args, { build, env: { ...env, ...more }, input });
      expect(ended.status, `${args.join(' ')}: ${ended.stderr}`).toBe(0);
      return ended.stdout;
    };
    const seeds: string[] = [];
    const remember = (account = MAIN) => seeds.push(lookUp(user, account));
    await run(['keygen', '--store', 'keychain']);
    remember();
    await run(['pack'], {}, 'A=a1\n');
    expect(await run(['printenv', 'A'])).toBe('a1\n');
    await run(['rotate']);
    remember();
    await run(['identity', '--to', 'file']);
    await run(['identity', '--to', 'keychain'], { PQC_KEYCHAIN_ACCOUNT: 'other' });
    await run(['doctor']);
    const names = { PQC_KEYCHAIN_ACCOUNT_OLD: 'other', PQC_KEYCHAIN_ACCOUNT_NEW: 'new' };
    await run(['migrate'], names);
    remember('new');
    await run(['keygen', '--force']);
    remember('new');
    // The bundle is for the former one, and follows.
    await run(['rotate']);
    await run(['rotate', '--purge']);
    expect(new Set(seeds).size).toBe(3);
    const words = seeds.flatMap((seed) => formsOf(Buffer.from(seed, 'hex')));
    expect(words.every((word) => word.length >= 40)).toBe(true);
    for (const stop of stops) expect(stop(...words)).toEqual([]);
    const grep = ['-rlaF', ...words.flatMap((word) => ['-e', word]), user.home];
    expect(spawnSync('grep', grep, { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });
  }, 60_000);
});

test('the watch does see a key in an argument, in each form', async () => {
  const key = Buffer.alloc(64, 'seed of nobody');
  for (const form of [key.toString('hex'), key.toString('base64')]) {
    const stop = watchArguments();
    const child = spawn('cat', [], { argv0: form, stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => child.once('spawn', resolve));
    const seen = stop(...formsOf(key));
    child.stdin.end();
    expect(seen).toContain(`${form} `);
  }
});

test('the key that is looked for is the one that opens', async () => {
  const user = newUser();
  user.ok(['keygen']);
  const hex = Buffer.from((await loadFileIdentity(user.config)).bytes).toString('hex');
  const env = { PQX_BUNDLE: join(user.home, 'bundle.json') };
  user.ok(['pack'], { env, input: 'A=a1\n' });
  const elsewhere = { ...env, PQC_CONFIG_DIR: join(user.home, 'empty'), PQX_IDENTITY: hex };
  expect(user.ok(['get', 'A'], { env: elsewhere }).stdout).toBe('a1');
});
