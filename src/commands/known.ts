/** Whether a bundle that was opened is the one that stood at its path before (FORMAT, substitution). */
import { realPath } from '#system';
import type { Bundle } from '../bundle/types.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { Fault } from '../fault.ts';
import { judge } from '../identity/known.ts';
import { readKnown } from '../store/known-file.ts';
import { configDir } from '../store/paths.ts';
import type { World } from '../world.ts';
import { bundleLine } from './again.ts';

/** `settings.rollback`: what becomes of a bundle that is older than one that was opened. */
export type Rollback = 'notice' | 'refuse';

/**
 * To be asked after every opening, before anything of what was opened is used. What is new is written down where that is
 * possible. Returns what is to be said of a bundle that is older than one seen before. Faults as `requireKnown`.
 */
export async function checkKnown(
  world: World,
  path: string,
  bundle: Bundle,
  key: PrivateKey,
  rollback?: Rollback,
): Promise<string | undefined> {
  const { notice, isNew } = requireKnown(world, path, bundle, key, rollback);
  if (isNew && bundle.format === 'v2') {
    const { recordPin } = await import('../identity/known-write.ts');
    await recordPin(configDir(world.env), key, realPath(path) ?? path, bundle);
  }
  return notice;
}

/**
 * The same for a word that writes the bundle and thereby its pin: nothing is written down here. `isNew` tells that there
 * is something to. Faults `unsafe` for another bundle than before, and for an older one when `rollback` says so.
 */
export function requireKnown(
  world: World,
  path: string,
  bundle: Bundle,
  key: PrivateKey,
  rollback: Rollback = 'notice',
): { readonly notice: string | undefined; readonly isNew: boolean } {
  const seen = bundle.format === 'v2' ? bundle : undefined;
  const verdict = judge(readKnown(configDir(world.env)), key, realPath(path) ?? path, seen);
  switch (verdict.kind) {
    case 'exchanged':
      throw refusal(world, path, `is not the bundle that was opened here before`);
    case 'forged':
      throw refusal(
        world,
        path,
        `cannot be told from another: what known.json says of it is not by this identity`,
      );
    case 'older': {
      const what = `is at revision ${seen?.revision}, and revision ${verdict.pin.revision} was opened here before`;
      if (rollback === 'refuse') throw refusal(world, path, what);
      const notice = `pqx: ${path} ${what}: a git checkout, or a rollback (${bundleLine(world, path, 'verify --accept')} takes it)\n`;
      return { notice, isNew: false };
    }
    case 'first':
      return { notice: undefined, isNew: seen !== undefined };
    case 'same':
      return { notice: undefined, isNew: seen !== undefined && !verdict.settled };
  }
}

function refusal(world: World, path: string, what: string): Fault {
  return new Fault('unsafe', `${path} ${what}`, {
    hint: `${bundleLine(world, path, 'verify --accept')}   shows what changed, and takes it`,
  });
}
