/** What a bundle is once read: its fields decoded and of the right lengths; nothing decrypted yet. */

/** Name → value in UTF-8. A Map, so that no name means anything to the language. */
export type Secrets = Map<string, Uint8Array>;

export type Bundle = BundleV1 | BundleV1Single;

/** FORMAT, v1, double envelope. */
export interface BundleV1 {
  readonly format: 'v1';
  /** Lower-case hex of SHA3-256 of the recipient's public key; undefined when the field is missing. Not authenticated. */
  readonly recipientHash: string | undefined;
  readonly kemCiphertext: Uint8Array;
  readonly keywrap: Sealed;
  readonly data: Sealed;
}

/** FORMAT, v1, single envelope: read only. */
export interface BundleV1Single {
  readonly format: 'v1-single';
  readonly kemCiphertext: Uint8Array;
  readonly data: Sealed;
}

/** AES-256-GCM: the nonce (12 bytes) and the ciphertext with its tag (16 bytes more than the plaintext). */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}
