/** What the runtime computes and what @noble computes, on random input. */
import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha3_256 as nobleSha3 } from '@noble/hashes/sha3.js';
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import fc from 'fast-check';
import { openAead, sealAead } from '../../src/crypto/aead.ts';
import { base64Decode, base64Encode, hexDecode, hexEncode } from '../../src/crypto/encoding.ts';
import { hmacSha3_256, sha3_256 } from '../../src/crypto/hash.ts';
import { hkdfSha3_256 } from '../../src/crypto/kdf.ts';
import { type Report, recorder } from './check.ts';
import { kemsFor } from './kems.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

export async function hashesAgree(): Promise<Report> {
  const record = recorder();
  fc.assert(
    fc.property(bytes(300), bytes(300), bytes(300), (a, b, c) => {
      record.equal('sha3', sha3_256(a, b, c), nobleSha3(Uint8Array.of(...a, ...b, ...c)));
      record.equal('hmac', hmacSha3_256(a, b, c), hmac(nobleSha3, a, Uint8Array.of(...b, ...c)));
      record.equal('hkdf', hkdfSha3_256(a, b, c), hkdf(nobleSha3, a, b, c, 32));
    }),
  );
  return record.report();
}

/** A text is the encoding of what Buffer makes of it, or it is refused. */
export async function encodingsAgree(): Promise<Report> {
  const record = recorder();
  const near = fc.string({ unit: fc.constantFrom(...'AZaz09+/=-_ \n\0é\ufeff\u0156\ud800'), maxLength: 12 });
  const texts = fc.oneof(near, bytes(40).map(base64Encode), bytes(40).map(hexEncode));
  fc.assert(
    fc.property(bytes(300), texts, (any, text) => {
      const buffer = Buffer.from(any);
      record.that('base64', base64Encode(any) === buffer.toString('base64'));
      record.that('hex', hexEncode(any) === buffer.toString('hex'));
      record.equal('base64 back', base64Decode(buffer.toString('base64')), any);
      record.equal('hex back', hexDecode(buffer.toString('hex')), any);
      for (const [form, decode] of [
        ['base64', base64Decode],
        ['hex', hexDecode],
      ] as const) {
        const expected = Buffer.from(text, form);
        const decoded = decode(text);
        if (expected.toString(form) === text) record.equal(`${form} of ${text}`, decoded, expected);
        else record.that(`${form} of ${JSON.stringify(text)}`, decoded === undefined);
      }
    }),
    { numRuns: 1000 },
  );
  return record.report();
}

export async function aeadAgrees(): Promise<Report> {
  const record = recorder();
  await fc.assert(
    fc.asyncProperty(
      exactly(32),
      exactly(12),
      bytes(300),
      bytes(100),
      fc.nat(),
      async (key, nonce, plaintext, aad, at) => {
        const sealed = await sealAead(key, nonce, plaintext, aad);
        record.equal('seal', sealed, gcm(key, nonce, aad).encrypt(plaintext));
        record.equal('open', await openAead(key, nonce, sealed, aad), plaintext);
        const bit = at % (sealed.length * 8);
        sealed[bit >> 3] = (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        record.that('one bit flipped', (await openAead(key, nonce, sealed, aad)) === undefined);
      },
    ),
  );
  return record.report();
}

/** Every implementation as the sender, every one as the receiver, with both forms of the key. */
export async function kemsAgree(): Promise<Report> {
  const record = recorder();
  for (const alg of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    const noble = alg === 'ML-KEM-768' ? ml_kem768 : ml_kem1024;
    const seedKems = await kemsFor(alg, 'seed');
    const expandedKems = await kemsFor(alg, 'expanded');
    await fc.assert(
      fc.asyncProperty(exactly(64), fc.nat(), async (seed, at) => {
        const { publicKey, secretKey } = noble.keygen(seed);
        for (const sender of seedKems) {
          record.equal(`${alg} public key ${sender.name}`, await sender.kem.publicKeyOf(seed), publicKey);
          const { ciphertext, sharedSecret } = await sender.kem.encapsulate(publicKey);
          const changed = ciphertext.slice();
          changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1;
          const rejected = noble.decapsulate(changed, secretKey);
          for (const [key, kems] of [
            [seed, seedKems],
            [secretKey, expandedKems],
          ] as const) {
            for (const { name, kem } of kems) {
              const what = `${alg} ${sender.name} to ${name}`;
              record.equal(what, await kem.decapsulate(key, ciphertext), sharedSecret);
              record.equal(`${what}, changed`, await kem.decapsulate(key, changed), rejected);
            }
          }
        }
      }),
      { numRuns: 10 },
    );
  }
  return record.report();
}
