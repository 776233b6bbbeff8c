import type { GlobalOptions } from '../cli.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { fileStoreKind } from '../identity/file-store.ts';
import { protectLocked } from '../identity/file-store-write.ts';
import { keptFiles } from '../identity/kept.ts';
import { readRecipient } from '../identity/recipient.ts';
import { withLock } from '../store/lock.ts';
import { configDir, RECIPIENT_FILE } from '../store/paths.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { isInjected, requirePassphrase, withIdentity } from './access.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { newPassphrase } from './passphrase.ts';
import { isUnlocked, lockingFormer } from './unlocked.ts';

/** `identity`: where the private key is. `identity --to STORE`: it goes there, and stays the same key. */
export async function identity(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { values } = readArguments('identity', args, { to: { type: 'string' } });
  if (values.to === undefined) return show(world);
  const to = storeNamed(values.to, 'pqx identity --to passphrase');
  if (isInjected(world)) {
    throw new Fault('identity', 'the identity comes with PQX_IDENTITY*, and this would move another', {
      hint: 'unset PQX_IDENTITY PQX_IDENTITY_FILE PQX_IDENTITY_FD',
    });
  }
  await move(world, to);
  await recordWord(world, options, { event: `identity --to ${to}` });
  return 0;
}

/** The store of that name. A Fault `usage` for another. */
export function storeNamed(name: string, hint: string): 'file' | 'passphrase' {
  if (name === 'file' || name === 'passphrase') return name;
  throw new Fault(
    'usage',
    `identities are kept in a \`file\` or under a \`passphrase\`, not in \`${name}\``,
    {
      hint,
    },
  );
}

function show(world: World): number {
  if (isInjected(world)) {
    world.stdout.write('the identity comes with PQX_IDENTITY, PQX_IDENTITY_FILE or PQX_IDENTITY_FD\n');
    return 0;
  }
  const dir = configDir(world.env);
  const kind = fileStoreKind(dir);
  if (kind === 'none')
    throw new Fault('identity', `there is no identity in ${dir}`, { hint: `${world.program} keygen` });
  const how =
    kind === 'file' ? 'in the file store' : `under a passphrase${isUnlocked(dir) ? ', unlocked' : ''}`;
  const former = keptFiles(dir).length;
  world.stdout.write(
    `${algorithmOf(dir)}identity in ${printable(dir)}, ${how}\n${former === 0 ? '' : `${counted(former, 'former identity file')} kept: pqx rotate --purge   removes what is no more needed\n`}`,
  );
  return 0;
}

function algorithmOf(dir: string): string {
  try {
    return `${readRecipient(`${dir}/${RECIPIENT_FILE}`).alg} `;
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** All that is asked for is asked before the lock is taken. */
async function move(world: World, to: 'file' | 'passphrase'): Promise<void> {
  const dir = configDir(world.env);
  await requirePassphrase(world);
  const change = to === 'passphrase' && fileStoreKind(dir) === 'passphrase';
  const passphrase = to === 'passphrase' ? await newPassphrase(world, change) : undefined;
  await lockingFormer(dir, () =>
    withLock(dir, () => withIdentity(world, (key) => protectLocked(dir, key, passphrase))),
  );
  world.stderr.write(
    to === 'passphrase'
      ? `the identity in ${printable(dir)} is now under a passphrase\n`
      : `the identity in ${printable(dir)} is now in the file store\n`,
  );
  const former = keptFiles(dir).length;
  if (former > 0)
    world.stderr.write(
      `${counted(former, 'former identity file')} stayed as it was: pqx rotate --purge   removes what is no more needed\n`,
    );
}
