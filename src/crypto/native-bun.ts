/** Hashes of the Bun runtime. `node:crypto` is left alone here: loading it costs more than a whole launch's hashing. */

/** SHA3-256 (FIPS 202) of the parts, one after the other; 32 bytes. */
export function nativeSha3_256(parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256');
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}

/** HMAC (RFC 2104) with SHA3-256 of the parts; 32 bytes. */
export function nativeHmacSha3_256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher('sha3-256', key);
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}
