import { basename, dirname, join } from 'node:path';
import { readAssignments } from '../bundle/input.ts';
import { openBundle } from '../bundle/open.ts';
import type { Bundle, Secrets } from '../bundle/types.ts';
import { sealV1 } from '../bundle/v1.ts';
import type { GlobalOptions } from '../cli.ts';
import { publicKeyOf } from '../crypto/kem.ts';
import { equalBytes, wipe } from '../crypto/wipe.ts';
import { Fault, isMissing, printable } from '../fault.ts';
import { hasFileIdentity } from '../identity/file-store.ts';
import { type Recipient, readRecipient } from '../identity/recipient.ts';
import { withLock } from '../store/lock.ts';
import { configDir, RECIPIENT_FILE } from '../store/paths.ts';
import { ensureStoreDirectory, writeStoreFile } from '../store/write.ts';
import { counted } from '../terminal/report.ts';
import type { World } from '../world.ts';
import { findBundle, withIdentity } from './access.ts';
import { readArguments } from './arguments.ts';
import { wordBundlePath } from './profile-files.ts';

/** What is read from standard input at most, in bytes: what a bundle can hold. */
const INPUT_LIMIT = 16 * 1024 * 1024;

const OPTIONS = {
  merge: { type: 'boolean' },
  replace: { type: 'boolean' },
  'bundle-format': { type: 'string' },
} as const;

/** `pack`: KEY=VALUE lines on standard input become the bundle. */
export async function pack(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('pack', args, OPTIONS);
  if (values.merge === true && values.replace === true) {
    throw new Fault('usage', '--merge and --replace exclude each other', { hint: 'pqx help pack' });
  }
  const format = values['bundle-format'] ?? 'v1';
  if (format !== 'v1')
    throw new Fault('usage', `this version writes bundles of format v1, not ${format}`, {
      hint: 'pqx pack --bundle-format v1',
    });
  const mode =
    values.merge === true
      ? 'merge'
      : values.replace === true || world.program === 'pqc-secrets'
        ? 'replace'
        : 'ask';
  const path = await wordBundlePath(world, options);
  const given = readInput(world);
  try {
    await packInto(world, path, given, mode);
  } finally {
    wipe(...given.values());
  }
  return 0;
}

function readInput(world: World): Secrets {
  if (world.stdin.isTerminal) world.stderr.write('KEY=VALUE lines, then Ctrl-D:\n');
  const bytes = world.stdin.readAll(INPUT_LIMIT);
  try {
    return readAssignments(bytes, 'standard input');
  } finally {
    wipe(bytes);
  }
}

type Mode = 'merge' | 'replace' | 'ask';

async function packInto(world: World, path: string, given: Secrets, mode: Mode): Promise<void> {
  const recipient = await ownRecipient(world);
  const directory = dirname(path);
  ensureStoreDirectory(directory);
  await withLock(directory, async () => {
    const former = findBundle(path);
    const kept =
      former === undefined || mode === 'replace'
        ? new Map()
        : await keptSecrets(world, path, former, given, mode);
    try {
      const secrets = sorted(new Map([...kept, ...given]));
      writeStoreFile(path, await sealV1(secrets, recipient.publicKey, world.now()), {
        mode: 0o600,
        backup: backupName(path),
      });
      world.stderr.write(`${counted(secrets.size, 'key')} in ${path}\n`);
    } finally {
      wipe(...kept.values());
    }
  });
}

/** What the bundle holds and the input lacks. Without `--merge` or `--replace` there may be nothing of that. */
async function keptSecrets(
  world: World,
  path: string,
  former: Bundle,
  given: Secrets,
  mode: Mode,
): Promise<Secrets> {
  const secrets = await withIdentity(world, (key) => openBundle(former, key, 'all', path));
  for (const name of given.keys()) {
    const replaced = secrets.get(name);
    if (replaced !== undefined) wipe(replaced);
    secrets.delete(name);
  }
  if (mode === 'merge' || secrets.size === 0) return secrets;
  wipe(...secrets.values());
  const names = [...secrets.keys()].sort().map(printable);
  const shown =
    names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  throw new Fault('input', `${path} also holds ${shown}, which the input lacks; nothing was changed`, {
    hint: 'pqx pack --merge   keeps them; pqx pack --replace   drops them',
  });
}

/**
 * Whom the bundle is encrypted to. When this user has the private key, the public key must be its own: a `recipient.pub`
 * that was exchanged would hand every secret to somebody else.
 */
async function ownRecipient(world: World): Promise<Recipient> {
  const dir = configDir(world.env);
  const path = join(dir, RECIPIENT_FILE);
  const recipient = readPublicKey(world, path);
  if (recipient.alg !== 'ML-KEM-768') {
    throw new Fault(
      'identity',
      `a v1 bundle is for ML-KEM-768 keys, and ${path} holds an ${recipient.alg} key`,
      { hint: 'pqx keygen --force --alg ML-KEM-768' },
    );
  }
  if (!hasFileIdentity(dir)) return recipient;
  const own = await withIdentity(world, (key) => publicKeyOf(key));
  if (equalBytes(own, recipient.publicKey)) return recipient;
  throw new Fault(
    'identity',
    `${path} is not the public key of the identity beside it; nothing was encrypted to it`,
    {
      hint: `mv ${path} ${path}.other && pqx keygen --force   makes a new identity`,
    },
  );
}

function readPublicKey(world: World, path: string): Recipient {
  try {
    return readRecipient(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Fault('identity', `there is no public key at ${path}`, { hint: `${world.program} keygen` });
  }
}

function sorted(secrets: Secrets): Secrets {
  return new Map([...secrets].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function backupName(path: string): string {
  return `${basename(path)}.bak`;
}
