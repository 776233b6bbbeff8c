/** Hashes of the Node runtime. */
import { createHash, createHmac } from 'node:crypto';

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha3-256', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}
