/** AES-256-GCM (SP 800-38D) with a nonce of 12 bytes; the tag of 16 bytes stands behind the ciphertext. */

/** Lengths in bytes. */
export const AEAD = { key: 32, nonce: 12, tag: 16 } as const;

/** `plaintext` sealed: as many bytes and 16 more. A nonce is used once with a key. */
export async function sealAead(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const handle = await importKey(key, 'encrypt');
  return new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, aad), handle, plain(plaintext)));
}

/** The plaintext; undefined when the tag does not match: another key, nonce, ciphertext or aad. */
export async function openAead(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed.length < AEAD.tag) return undefined;
  const handle = await importKey(key, 'decrypt');
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, aad), handle, plain(sealed)));
  } catch {
    return undefined;
  }
}

/** Lengths are checked by us: WebCrypto would take AES-128 and nonces of any length as well. */
function parameters(nonce: Uint8Array, aad: Uint8Array) {
  if (nonce.length !== AEAD.nonce) throw new RangeError(`an AES-GCM nonce has ${AEAD.nonce} bytes`);
  return { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad), tagLength: 8 * AEAD.tag };
}

function importKey(key: Uint8Array, usage: 'encrypt' | 'decrypt') {
  if (key.length !== AEAD.key) throw new RangeError(`an AES-256 key has ${AEAD.key} bytes`);
  return crypto.subtle.importKey('raw', plain(key), 'AES-GCM', false, [usage]);
}

/** The same bytes, typed as WebCrypto wants them: none of ours lie in shared memory. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : bytes.slice();
}
