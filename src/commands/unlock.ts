import type { GlobalOptions } from '../cli.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { kekByPassphrase } from '../identity/file-store.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { isInjected, passphraseOf } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { whereabouts } from './keychain.ts';
import { forgetUnlocked, keepUnlocked, requireKeyring } from './unlocked.ts';

const UNITS = { s: 1, m: 60, h: 3600 } as const;
const LONGEST = 24 * UNITS.h;

/** `unlock`: the passphrase once, and launches do not ask for it until the time is over or `lock`. */
export async function unlock(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('unlock', args, { for: { type: 'string' } });
  const time = values.for ?? '8h';
  const seconds = secondsOf(time);
  const dir = configDir(world.env);
  requirePassphraseStore(world, dir);
  requireKeyring(world, 'PQX_PASSPHRASE_FILE=FILE pqx COMMAND   gives the passphrase without a question');
  const { file, kek } = await kekByPassphrase(dir, passphraseOf(world));
  try {
    keepUnlocked(file, kek, seconds);
  } finally {
    wipe(kek);
  }
  await recordWord(world, options, { event: 'unlock', how: time });
  world.stderr.write(`unlocked for ${time}; pqx lock   ends it before\n`);
  return 0;
}

/** `lock`: what is unlocked is so no more. */
export async function lock(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  readArguments('lock', args, {});
  requireKeyring(world, 'pqx identity   says whether there is something to lock');
  const wasUnlocked = forgetUnlocked(configDir(world.env));
  if (wasUnlocked) await recordWord(world, options, { event: 'lock' });
  world.stderr.write(wasUnlocked ? 'locked\n' : 'nothing was unlocked\n');
  return 0;
}

function secondsOf(time: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([smh])$/.exec(time) ?? [];
  const seconds = Number(number) * UNITS[(unit ?? 's') as keyof typeof UNITS];
  if (seconds <= LONGEST) return seconds;
  throw new Fault('usage', '--for takes a time from 1s to 24h', { hint: 'pqx unlock --for 90m' });
}

function requirePassphraseStore(world: World, dir: string): void {
  if (isInjected(world)) {
    throw new Fault('identity', 'the identity comes with PQX_IDENTITY*, and this would unlock another', {
      hint: 'unset PQX_IDENTITY PQX_IDENTITY_FILE PQX_IDENTITY_FD',
    });
  }
  switch (whereabouts(world).store) {
    case 'passphrase':
      return;
    case 'none':
      throw new Fault('identity', `there is no identity in ${dir}`, { hint: `${world.program} keygen` });
    case 'keychain':
      throw new Fault('identity', 'the identity is in the keychain, which has a lock of its own', {
        hint: `${world.program} COMMAND   asks the keychain, and no passphrase`,
      });
    case 'file':
      throw new Fault(
        'identity',
        `the identity in ${dir} is under no passphrase: nothing is to be unlocked`,
        {
          hint: 'pqx identity --to passphrase   puts it under one',
        },
      );
  }
}
