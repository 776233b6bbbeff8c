/** What a bundle is once read: its fields decoded and of the right lengths; nothing decrypted yet. */
import type { KemAlgorithm } from '../crypto/kem.ts';

/** Name → value in UTF-8. A Map, so that no name means anything to the language. */
export type Secrets = Map<string, Uint8Array>;

export type Bundle = BundleV1 | BundleV1Single | BundleV2;

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

/** FORMAT, v2. */
export interface BundleV2 {
  readonly format: 'v2';
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** From 1. */
  readonly revision: number;
  readonly updatedUtc: string;
  readonly recipients: readonly Stanza[];
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  /** The names of the entries, sorted. */
  readonly names: readonly string[];
  /** The file's canonical JSON, and where in it the entry of each name starts. Entries are decoded when asked for. */
  readonly text: string;
  readonly entriesAt: readonly number[];
  readonly seal: { readonly nonce: Uint8Array; readonly tag: Uint8Array };
  /** What the seal authenticates: the canonical JSON without `seal`. */
  readonly sealed: string;
}

/** One who can open a v2 bundle. */
export interface Recipient {
  readonly alg: KemAlgorithm;
  /** `[A-Za-z0-9._@-]{1,64}`, unique in a bundle. */
  readonly label: string;
  /** 1,184 bytes for ML-KEM-768, 1,568 for ML-KEM-1024. */
  readonly publicKey: Uint8Array;
}

/** A recipient with the data key wrapped for it. */
export interface Stanza extends Recipient {
  /** 1,088 bytes for ML-KEM-768, 1,568 for ML-KEM-1024. */
  readonly kemCiphertext: Uint8Array;
  /** The data key, 32 bytes and the tag. */
  readonly wrappedDek: Sealed;
}

/** AES-256-GCM: the nonce (12 bytes) and the ciphertext with its tag (16 bytes more than the plaintext). */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}
