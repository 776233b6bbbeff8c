import { nativeHmacSha3_256, nativeSha3_256 } from '#native';

/** SHA3-256 (FIPS 202 section 6.1) of the parts, one after the other. 32 bytes. */
export function sha3_256(...parts: readonly Uint8Array[]): Uint8Array {
  return nativeSha3_256(parts);
}

/** The same for parts that come one at a time; each is used before the next is asked for. */
export function sha3_256Of(parts: Iterable<Uint8Array>): Uint8Array {
  return nativeSha3_256(parts);
}

/** HMAC (RFC 2104, FIPS 198-1) with SHA3-256 of the parts, one after the other. 32 bytes. */
export function hmacSha3_256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return nativeHmacSha3_256(key, parts);
}
