/**
 * Identities that were rotated away, kept beside the current one under the start of their public key's hash (FORMAT,
 * files): a bundle that is still for one of them opens until `rotate --purge`.
 */
import { readdirSync, unlinkSync } from 'node:fs';
import { hexEncode } from '../crypto/encoding.ts';
import { sha3_256 } from '../crypto/hash.ts';
import { isMissing } from '../fault.ts';
import { existsInStore } from '../store/read.ts';
import { writeFault } from '../store/write-fault.ts';

const KEPT = /^private\.key\.([0-9a-f]{16})\.enc$/;

/** The file that keeps the private key of `publicKey`. */
export function keptFile(publicKey: Uint8Array): string {
  return `private.key.${hexEncode(sha3_256(publicKey)).slice(0, 16)}.enc`;
}

/** The files of kept identities in `dir`; with `hashes` (hex) only those of public keys that hash to one of them. */
export function keptFiles(dir: string, hashes?: readonly string[]): readonly string[] {
  return entriesOf(dir).filter((name) => {
    const start = KEPT.exec(name)?.[1];
    return start !== undefined && (hashes === undefined || hashes.some((hash) => hash.startsWith(start)));
  });
}

export function isKept(dir: string, publicKey: Uint8Array): boolean {
  return existsInStore(`${dir}/${keptFile(publicKey)}`);
}

/** Removes them. A Fault `store` when that cannot be done. */
export function forgetKept(dir: string, files: readonly string[]): void {
  for (const file of files) {
    try {
      unlinkSync(`${dir}/${file}`);
    } catch (error) {
      if (!isMissing(error)) throw writeFault(`${dir}/${file}`, error);
    }
  }
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
