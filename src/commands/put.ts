import { printable } from '../fault.ts';
import type { World } from '../world.ts';
import { editBundle } from './edit.ts';
import type { BundlePlace } from './profile-files.ts';

/** Stores one value in the bundle at `place`, which is begun where there is none, and says so. Faults as `editBundle`. */
export async function putOne(
  world: World,
  place: BundlePlace,
  name: string,
  value: Uint8Array,
): Promise<void> {
  const isNew = await editBundle(world, place, 'v2', async (bundle) => {
    const before = bundle.names().includes(name);
    await bundle.put(name, value);
    return !before;
  });
  world.stderr.write(`${name} ${isNew ? 'added to' : 'changed in'} ${printable(place.path)}\n`);
}
