/** A private key as text, as CI and containers inject it: `pqx keygen --stdout` prints it (FORMAT, private key). */
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { Fault } from '../fault.ts';
import { privateKeyOf } from './forms.ts';

const PREFIX_1024 = 'ML-KEM-1024:';

/**
 * The key in the text, white space around it left away: hex or base64 of a seed or of an expanded key, or
 * `ML-KEM-1024:` and the hex of a seed. A Fault `identity` that names `source` and quotes nothing of it.
 */
export function privateKeyOfText(text: Uint8Array, source: string): PrivateKey {
  const plain = new TextDecoder('latin1').decode(text).trim();
  if (plain === '') {
    throw new Fault('identity', `${source} is set, and there is no private key in it`, {
      hint: `unset ${source}   if the identity of the config directory is meant; a secret that CI does not hand out is empty`,
    });
  }
  if (plain.startsWith(PREFIX_1024)) {
    const seed = hexDecode(plain.slice(PREFIX_1024.length), { lenient: true });
    if (seed?.length === 64) return privateKeyOf(seed, source, 'ML-KEM-1024');
    throw noKey(source);
  }
  const bytes = hexDecode(plain, { lenient: true }) ?? base64Decode(plain, { lenient: true });
  if (bytes === undefined) throw noKey(source);
  return privateKeyOf(bytes, source);
}

function noKey(source: string): Fault {
  return new Fault('identity', `${source} is neither hex nor base64 of a private key`, {
    hint: 'pqx keygen --stdout --pub FILE   prints one as it is expected',
  });
}
