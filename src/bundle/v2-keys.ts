/** The keys of a v2 bundle, and what each ciphertext is bound to (FORMAT, v2). Every function returns 32 bytes or an AAD. */
import { sha3_256 } from '../crypto/hash.ts';
import { hkdfSha3_256 } from '../crypto/kdf.ts';
import { concatBytes, utf8 } from '../crypto/wipe.ts';
import type { Recipient } from './types.ts';

export const DEK_SIZE = 32;
export const ID_SIZE = 16;

/** The key that wraps the data key for one recipient. To be wiped. */
export function kekOf(
  sharedSecret: Uint8Array,
  kemCiphertext: Uint8Array,
  recipient: Recipient,
  id: Uint8Array,
): Uint8Array {
  const salt = sha3_256(kemCiphertext, recipient.publicKey);
  return hkdfSha3_256(sharedSecret, salt, concatBytes(utf8(`pqx:v2:kek\0${recipient.alg}\0`), id));
}

export function keywrapAad(recipient: Recipient, id: Uint8Array): Uint8Array {
  return concatBytes(utf8(`pqx:v2:keywrap\0${recipient.alg}\0`), id, sha3_256(recipient.publicKey));
}

/** Ties the file to one data key: AES-GCM alone would let a ciphertext open under two. */
export function commitmentOf(dek: Uint8Array, id: Uint8Array): Uint8Array {
  return hkdfSha3_256(dek, id, utf8('pqx:v2:commit'));
}

/** To be wiped. */
export function entryKeyOf(dek: Uint8Array, id: Uint8Array, name: string): Uint8Array {
  return hkdfSha3_256(dek, id, utf8(`pqx:v2:entry\0${name}`));
}

export function entryAad(id: Uint8Array, name: string): Uint8Array {
  return concatBytes(utf8('pqx:v2:entry\0'), id, utf8(name));
}

/** To be wiped. */
export function sealKeyOf(dek: Uint8Array, id: Uint8Array): Uint8Array {
  return hkdfSha3_256(dek, id, utf8('pqx:v2:seal'));
}
