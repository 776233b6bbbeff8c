/** Argon2id (RFC 9106) with the runtime's own implementation; in JavaScript, ten times slower, where it has none (Node 22). */

export interface Argon2Parameters {
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** 32 bytes. */
export async function argon2id(passphrase: Uint8Array, parameters: Argon2Parameters): Promise<Uint8Array> {
  const { salt, memoryKib, passes, lanes } = parameters;
  const runtime: Partial<typeof import('node:crypto')> = await import('node:crypto');
  if (runtime.argon2Sync !== undefined) {
    const key = runtime.argon2Sync('argon2id', {
      message: passphrase,
      nonce: salt,
      parallelism: lanes,
      tagLength: 32,
      memory: memoryKib,
      passes,
    });
    return new Uint8Array(key.buffer, key.byteOffset, key.length);
  }
  const { argon2id: byNoble } = await import('@noble/hashes/argon2.js');
  return byNoble(passphrase, salt, { t: passes, m: memoryKib, p: lanes, dkLen: 32 });
}
