import { secretsAhead } from '#system';
import { VALUE_LIMIT } from '../bundle/names.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import type { World } from '../world.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 * The value for `name`, to be wiped: from a hidden prompt on a terminal, else all of standard input (cli, `set`).
 * Faults `input`: nothing came, or more than a bundle holds.
 */
export async function readValue(world: World, name: string, exact: boolean): Promise<Uint8Array> {
  secretsAhead();
  if (world.stdin.isTerminal) {
    const { askHidden } = await import('../terminal/prompt.ts');
    return askHidden(`Value of ${name} (it is not shown): `);
  }
  const bytes = world.stdin.readAll(VALUE_LIMIT + 2);
  const value = exact ? bytes : bytes.subarray(0, lengthOfValue(bytes));
  if (value.length > 0 || exact) return value;
  wipe(bytes);
  throw new Fault('input', `no value for ${name} came from standard input; nothing was changed`, {
    hint: `pqx set ${name} --exact < /dev/null   stores an empty one`,
  });
}

/** Without the line end of a one-line value, which `echo` and editors add; several lines, as of a PEM key, stay as they are. */
function lengthOfValue(bytes: Uint8Array): number {
  const end = bytes.indexOf(LF);
  if (end < 0 || end !== bytes.length - 1) return bytes.length;
  return bytes[end - 1] === CR ? end - 1 : end;
}
