import type { Bundle } from '../bundle/types.ts';
import { unlockV1, wrapV1 } from '../bundle/v1.ts';
import { rewrapV2 } from '../bundle/v2-edit.ts';
import { checkLabel } from '../bundle/v2-write.ts';
import type { GlobalOptions } from '../cli.ts';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import type { Recipient } from '../identity/recipient.ts';
import { absoluteIn } from '../store/paths.ts';
import type { World } from '../world.ts';
import { requireBundle, withIdentityFor } from './access.ts';
import { checkArgument, readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { withWriteLock, writeBundle } from './edit.ts';
import { requireKnown } from './known.ts';
import { wordBundle } from './profile-files.ts';
import { readPublicKeyFile } from './public-key.ts';

const OPTIONS = {
  'new-pub': { type: 'string' },
  out: { type: 'string' },
  label: { type: 'string' },
} as const;

/** `rewrap --new-pub FILE --out FILE`: the bundle under another public key. No value is decrypted for it. */
export async function rewrap(world: World, options: GlobalOptions, args: readonly string[]): Promise<number> {
  const { values } = readArguments('rewrap', args, OPTIONS);
  const { 'new-pub': newPub, out } = values;
  if (newPub === undefined || out === undefined) {
    throw new Fault('usage', '`rewrap` needs a public key and a file to write', {
      hint: `${world.program} rewrap --new-pub FILE --out FILE`,
    });
  }
  if (values.label !== undefined) checkArgument(checkLabel, values.label);
  const recipient = readPublicKeyFile(world, newPub);
  const { path, rollback } = await wordBundle(world, options);
  const target = absoluteIn(world.cwd, out);
  requireBundle(world, path);
  await withWriteLock(target, async (held) => {
    const bundle = requireBundle(world, path);
    await withIdentityFor(world, bundle, async (key) => {
      const file = await rewrapped(world, bundle, key, { ...recipient, label: values.label }, path);
      const { notice } = requireKnown(world, path, bundle, key, rollback);
      if (notice !== undefined) world.stderr.write(notice);
      await writeBundle(world, target, file, [], held);
    });
  });
  await recordWord(world, options, { event: 'rewrap', bundle: path, file: target });
  world.stderr.write(
    `${printable(target)} is the bundle under that public key. This revokes nobody: who could open ${printable(path)} knows its data key, which is the same\n`,
  );
  return 0;
}

interface Labelled extends Recipient {
  /** The start of the public key's hash unless it is given. */
  readonly label: string | undefined;
}

async function rewrapped(
  world: World,
  bundle: Bundle,
  key: PrivateKey,
  to: Labelled,
  path: string,
): Promise<Uint8Array> {
  switch (bundle.format) {
    case 'v1': {
      if (to.alg !== 'ML-KEM-768') {
        throw new Fault('input', `a v1 bundle is for ML-KEM-768 keys, and that is an ${to.alg} key`, {
          hint: 'pqx migrate --bundle-format v2',
        });
      }
      const dek = await unlockV1(bundle, key, path);
      try {
        return await wrapV1(dek, bundle.data, to.publicKey, world.now());
      } finally {
        wipe(dek);
      }
    }
    case 'v1-single':
      throw new Fault('input', `${path} is a single-envelope bundle, whose data is bound to its one key`, {
        hint: `${world.program} migrate   writes it anew`,
      });
    case 'v2': {
      const { alg, publicKey } = to;
      const label = to.label ?? hexEncode(sha3_256(publicKey)).slice(0, 16);
      return rewrapV2(bundle, key, () => [{ alg, label, publicKey }], world.now(), path);
    }
  }
}
