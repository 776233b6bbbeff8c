import { describe, expect, test } from 'vitest';
import {
  decapsulate,
  encapsulate,
  generateKey,
  isExpandedKey,
  isPublicKey,
  type PrivateKey,
  publicKeyOf,
} from '../../src/crypto/kem.ts';
import { nobleExpanded } from './expanded.ts';

describe.for([
  { alg: 'ML-KEM-768', publicKey: 1184, expanded: 2400, ciphertext: 1088, other: 'ML-KEM-1024' },
  { alg: 'ML-KEM-1024', publicKey: 1568, expanded: 3168, ciphertext: 1568, other: 'ML-KEM-768' },
] as const)('$alg', ({ alg, publicKey: publicSize, expanded: expandedSize, ciphertext: size, other }) => {
  test('a new key is a seed of 64 bytes, never the same, and what is encapsulated to it comes out again', async () => {
    const { key, publicKey } = await generateKey(alg);
    expect([key.alg, key.form, key.bytes.length, publicKey.length]).toEqual([alg, 'seed', 64, publicSize]);
    expect((await generateKey(alg)).key.bytes).not.toEqual(key.bytes);
    const { ciphertext, sharedSecret } = await encapsulate(alg, publicKey);
    expect([ciphertext.length, sharedSecret.length]).toEqual([size, 32]);
    expect(await decapsulate(key, ciphertext)).toEqual(sharedSecret);
    const again = await encapsulate(alg, publicKey);
    expect(again.ciphertext).not.toEqual(ciphertext);
    expect(again.sharedSecret).not.toEqual(sharedSecret);
  });

  test('the expanded form of a key opens what its seed opens, and holds its public key', async () => {
    const { key, publicKey } = await generateKey(alg);
    const expanded: PrivateKey = { alg, form: 'expanded', bytes: nobleExpanded(alg, key.bytes) };
    expect(expanded.bytes.length).toBe(expandedSize);
    const { ciphertext, sharedSecret } = await encapsulate(alg, publicKey);
    expect(await decapsulate(expanded, ciphertext)).toEqual(sharedSecret);
    expect(await publicKeyOf(expanded)).toEqual(publicKey);
    expect(await publicKeyOf(key)).toEqual(publicKey);
  });

  test('another key, or a changed ciphertext, gives another secret and no error', async () => {
    const { key, publicKey } = await generateKey(alg);
    const { ciphertext, sharedSecret } = await encapsulate(alg, publicKey);
    const stranger = (await generateKey(alg)).key;
    expect((await decapsulate(stranger, ciphertext)).length).toBe(32);
    expect(await decapsulate(stranger, ciphertext)).not.toEqual(sharedSecret);
    ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
    const rejected = await decapsulate(key, ciphertext);
    expect(rejected).not.toEqual(sharedSecret);
    expect(await decapsulate(key, ciphertext)).toEqual(rejected);
  });

  test('wrong lengths are refused before any implementation sees them', async () => {
    const { key, publicKey } = await generateKey(alg);
    const { ciphertext } = await encapsulate(alg, publicKey);
    const long = new Uint8Array(ciphertext.length + 1);
    await expect(decapsulate(key, ciphertext.subarray(1))).rejects.toThrow(RangeError);
    await expect(decapsulate(key, long)).rejects.toThrow(RangeError);
    const short: PrivateKey = { ...key, bytes: key.bytes.subarray(1) };
    await expect(decapsulate(short, ciphertext)).rejects.toThrow(RangeError);
    await expect(publicKeyOf(short)).rejects.toThrow(RangeError);
    await expect(encapsulate(alg, publicKey.subarray(1))).rejects.toThrow(RangeError);
    await expect(encapsulate(other, publicKey)).rejects.toThrow(RangeError);
    const wrongForm: PrivateKey = { ...key, form: 'expanded' };
    await expect(decapsulate(wrongForm, ciphertext)).rejects.toThrow(RangeError);
  });

  test('a public key with a coefficient of 3329 or more is none, wherever it stands', async () => {
    const { publicKey } = await generateKey(alg);
    expect(isPublicKey(alg, publicKey)).toBe(true);
    expect(isPublicKey(other, publicKey)).toBe(false);
    // Three bytes hold two coefficients of twelve bits; what follows the coefficients is a seed and may be anything.
    for (const at of [0, 3, 384, publicSize - 35]) {
      expect(isPublicKey(alg, withBytes(publicKey, at, [0x01, 0x0d, 0x00])), `first of ${at}`).toBe(false);
      expect(isPublicKey(alg, withBytes(publicKey, at, [0x00, 0x10, 0xd0])), `second of ${at}`).toBe(false);
      expect(isPublicKey(alg, withBytes(publicKey, at, [0x00, 0x0d, 0xd0])), `3328 twice at ${at}`).toBe(
        true,
      );
    }
    expect(isPublicKey(alg, withBytes(publicKey, publicSize - 32, Array(32).fill(255)))).toBe(true);
    await expect(encapsulate(alg, withBytes(publicKey, 0, [255, 255, 255]))).rejects.toThrow(RangeError);
  });

  test('an expanded key whose embedded public key or hash was changed is none', async () => {
    const { key, publicKey } = await generateKey(alg);
    const bytes = nobleExpanded(alg, key.bytes);
    expect(isExpandedKey(alg, bytes)).toBe(true);
    expect(isExpandedKey(other, bytes)).toBe(false);
    expect(isExpandedKey(alg, bytes.subarray(1))).toBe(false);
    const { ciphertext } = await encapsulate(alg, publicKey);
    const embedded = bytes.length - 64 - publicSize;
    for (const at of [embedded, embedded + publicSize - 1, bytes.length - 64, bytes.length - 33]) {
      const changed = withBytes(bytes, at, [(bytes[at] ?? 0) ^ 0x80]);
      expect(isExpandedKey(alg, changed), `byte ${at}`).toBe(false);
      await expect(decapsulate({ alg, form: 'expanded', bytes: changed }, ciphertext)).rejects.toThrow(
        RangeError,
      );
    }
  });
});

function withBytes(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}
