import type { GlobalOptions } from '../cli.ts';
import type { World } from '../world.ts';
export async function exportKeys(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  return 0;
}
