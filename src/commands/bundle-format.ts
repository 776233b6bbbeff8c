import type { BundleFormat } from '../bundle/unlocked.ts';
import { Fault } from '../fault.ts';
import { choiceHint } from './choice.ts';

/** The value of `--bundle-format` of `word`; undefined when it was not given. A Fault `usage` for any but v1 and v2. */
export function bundleFormat(word: string, text: string | undefined): BundleFormat | undefined {
  if (text === undefined || text === 'v1' || text === 'v2') return text;
  throw new Fault('usage', `unknown format of bundles ${text}`, {
    hint: choiceHint(text, ['v2', 'v1'], `pqx ${word} --bundle-format`),
  });
}
