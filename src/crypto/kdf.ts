import { hmacSha3_256 } from './hash.ts';
import { wipe } from './wipe.ts';

/** HKDF (RFC 5869 sections 2.2 and 2.3) with HMAC-SHA3-256 and one block of output: 32 bytes. */
export function hkdfSha3_256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  const prk = hmacSha3_256(salt, ikm);
  const okm = hmacSha3_256(prk, info, Uint8Array.of(1));
  wipe(prk);
  return okm;
}
