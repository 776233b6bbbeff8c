/** Whether a bundle that was opened is the one that stood at its path before (FORMAT, substitution). */
import { realPath } from '#system';
import type { Bundle } from '../bundle/types.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { Fault } from '../fault.ts';
import { judge } from '../identity/known.ts';
import { word } from '../store/hint.ts';
import { readKnown } from '../store/known-file.ts';
import { BUNDLE_FILE, configDir } from '../store/paths.ts';
import type { World } from '../world.ts';

/** `settings.rollback`: what becomes of a bundle that is older than one that was opened. */
export type Rollback = 'notice' | 'refuse';

/**
 * To be asked after every opening, before anything of what was opened is used. What is new is written down where that is
 * possible. Returns what is to be said of a bundle that is older than one seen before. Faults `unsafe` for another bundle
 * than before, and for an older one when `rollback` says so.
 */
export async function checkKnown(
  world: World,
  path: string,
  bundle: Bundle,
  key: PrivateKey,
  rollback: Rollback = 'notice',
): Promise<string | undefined> {
  const directory = configDir(world.env);
  const place = realPath(path) ?? path;
  const seen = bundle.format === 'v2' ? bundle : undefined;
  const verdict = judge(readKnown(directory), key, place, seen);
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
      return `pqx: ${path} ${what}: a git checkout, or a rollback (${acceptance(world, path)} takes it)\n`;
    }
    case 'first':
    case 'same':
      if (seen === undefined || (verdict.kind === 'same' && verdict.settled)) return undefined;
      await (await import('../identity/known-write.ts')).recordPin(directory, key, place, seen);
      return undefined;
  }
}

function refusal(world: World, path: string, what: string): Fault {
  return new Fault('unsafe', `${path} ${what}`, {
    hint: `${acceptance(world, path)}   shows what changed, and takes it`,
  });
}

function acceptance(world: World, path: string): string {
  const usual = path === `${configDir(world.env)}/${BUNDLE_FILE}`;
  return usual ? 'pqx verify --accept' : `pqx --bundle ${word(path)} verify --accept`;
}
