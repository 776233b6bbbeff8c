import { Fault, printable } from '../fault.ts';
import { suggestion } from '../profile/nearest.ts';
import type { World } from '../world.ts';
import { bundleLine } from './again.ts';

/**
 * The name in the bundle that `typed` means: itself, or one that `list` shows that way, since it escapes control
 * characters. A Fault `input` that names the nearest when there is none.
 */
export function requireKey(world: World, names: readonly string[], typed: string, path: string): string {
  if (names.includes(typed)) return typed;
  const shown = names.filter((name) => printable(name) === typed);
  const [only] = shown;
  if (only !== undefined && shown.length === 1) return only;
  throw new Fault('input', `there is no ${typed} in ${path}`, {
    hint: suggestion(typed, names) ?? `${bundleLine(world, path, 'list')}   shows the names`,
  });
}
