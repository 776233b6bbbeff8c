/** secret-tool, the program of libsecret: it sees entries that the library does not, and makes new ones that both see. */
import { ask } from '#helper';
import { mayExecute } from '#system';
import { wipe } from '../crypto/wipe.ts';
import { noSecretTool, silent, unavailable } from './keychain-faults.ts';
import { ENTRY_LIMIT } from './keychain-request.ts';

/** Where systems put it. Not PATH: that can lead into a repository. */
const PLACES = ['/usr/bin', '/usr/local/bin', '/run/current-system/sw/bin'];

export interface SecretTool {
  /** The entry's text; undefined when there is none. Faults `identity`, as of all of these. */
  lookUp(attributes: readonly string[]): Uint8Array | undefined;
  store(label: string, attributes: readonly string[], text: Uint8Array): void;
  clear(attributes: readonly string[]): void;
}

/** Whether it is there: only Linux has it. */
export function hasSecretTool(): boolean {
  return path() !== undefined;
}

/** It is killed at `until`, by the clock of `performance.now()`. */
export function secretTool(environ: readonly string[], until: number): SecretTool {
  const run = (args: readonly string[], input: Uint8Array = new Uint8Array()) => {
    const program = path();
    if (program === undefined) throw noSecretTool();
    const answer = ask({ program, args, environ, input, until, limit: ENTRY_LIMIT });
    if (answer.kind === 'silent') throw silent();
    if (answer.kind === 'not-started') throw unavailable(`${program} cannot be started (${answer.code})`);
    const complaints = new TextDecoder().decode(answer.complaints).trim();
    return { status: answer.status, output: answer.output, complaints };
  };
  return {
    lookUp(attributes) {
      const { status, output, complaints } = run(['lookup', ...attributes]);
      if (status === 0) return output;
      // It says nothing of an entry that is not there, and nothing of one that is locked: but it lists that.
      if (complaints !== '') throw unavailable(complaints);
      const listed = run(['search', ...attributes]);
      const isThere = listed.output.length > 0 || listed.complaints.includes('attribute.');
      wipe(listed.output);
      if (isThere) throw unavailable('locked');
      return undefined;
    },
    store(label, attributes, text) {
      const { status, complaints } = run(['store', `--label=${label}`, ...attributes], text);
      if (status !== 0) throw unavailable(complaints);
    },
    clear(attributes) {
      const { status, complaints } = run(['clear', ...attributes]);
      if (status !== 0) throw unavailable(complaints);
    },
  };
}

function path(): string | undefined {
  return PLACES.map((place) => `${place}/secret-tool`).find(mayExecute);
}
