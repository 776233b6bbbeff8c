/** `length` bytes of the platform's generator. Nothing else in pqx makes random bytes. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
