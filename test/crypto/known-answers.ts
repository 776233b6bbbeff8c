/** Known answers of our own, so that the tests mean something where no other vectors are. */
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { openAead, sealAead } from '../../src/crypto/aead.ts';
import { hmacSha3_256, sha3_256 } from '../../src/crypto/hash.ts';
import { hkdfSha3_256 } from '../../src/crypto/kdf.ts';
import { isExpandedKey, isPublicKey } from '../../src/crypto/kem.ts';
import { KEM_SIZES } from '../../src/crypto/kem-sizes.ts';
import { counting, fromHex, type Report, recorder } from './check.ts';
import { kemsFor } from './kems.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

/** FIPS 202 examples; NIST's HMAC-SHA3-256 examples; RFC 5869's inputs, the outputs by Python's hmac and hashlib. */
export async function hashAnswers(): Promise<Report> {
  const record = recorder();
  record.equal('sha3 empty', sha3_256(), 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a');
  record.equal(
    'sha3 abc',
    sha3_256(ascii('a'), new Uint8Array(0), ascii('bc')),
    '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  );
  record.equal(
    'sha3 200 × a3',
    sha3_256(new Uint8Array(200).fill(0xa3)),
    '79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787',
  );
  const hmac = {
    32: ['<', '4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205'],
    136: ['=', '68b94e2e538a9be4103bebb5aa016d47961d4d1aa906061313b557f8af2c3faa'],
    168: ['>', '9bcf2c238e235c3ce88404e813bd2f3a97185ac6f238c63d6229a00b07974258'],
  } as const;
  for (const [length, [sign, expected]] of Object.entries(hmac)) {
    const parts = [ascii('Sample message for key'), ascii(`len${sign}blocklen`)];
    record.equal(`hmac ${length}`, hmacSha3_256(counting(Number(length)), ...parts), expected);
  }
  record.equal(
    'hkdf 1',
    hkdfSha3_256(new Uint8Array(22).fill(0x0b), counting(13), counting(10, 0xf0)),
    '0c5160501d65021deaf2c14f5abce04c5bd2635abceeba61c2edb6e8ed726749',
  );
  record.equal(
    'hkdf 2',
    hkdfSha3_256(counting(0x50), counting(0x50, 0x60), counting(0x50, 0xb0)),
    '3dc251e66c75da6560405ec5ac10e17d851eedfbfdc13feafbec16964c25d021',
  );
  record.equal(
    'hkdf 3, no salt and no info',
    hkdfSha3_256(new Uint8Array(22).fill(0x0b), new Uint8Array(0), new Uint8Array(0)),
    'bc1342cdd75c05e8b0c3ae609ce4410684d197232875073499b30cdfe2de2853',
  );
  return record.report();
}

/** The test cases 13, 14 and 16 of the GCM submission (McGrew and Viega), with AES-256 and 12 bytes of nonce. */
export async function aeadAnswers(): Promise<Report> {
  const record = recorder();
  const key16 = fromHex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
  const plaintext16 = fromHex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const cases = [
    [
      new Uint8Array(32),
      new Uint8Array(12),
      new Uint8Array(0),
      new Uint8Array(0),
      '530f8afbc74536b9a963b4f1c4cb738b',
    ],
    [
      new Uint8Array(32),
      new Uint8Array(12),
      new Uint8Array(16),
      new Uint8Array(0),
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    ],
    [
      key16,
      fromHex('cafebabefacedbaddecaf888'),
      plaintext16,
      fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ] as const;
  for (const [index, [key, nonce, plaintext, aad, sealed]] of cases.entries()) {
    record.equal(`seal ${index}`, await sealAead(key, nonce, plaintext, aad), sealed);
    record.equal(`open ${index}`, await openAead(key, nonce, fromHex(sealed), aad), plaintext);
    for (const bit of [0, sealed.length * 4 - 1]) {
      const flipped = fromHex(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      record.that(`flipped ${index}`, (await openAead(key, nonce, flipped, aad)) === undefined);
    }
    record.that(`cut ${index}`, (await openAead(key, nonce, fromHex(sealed.slice(2)), aad)) === undefined);
    record.that(
      `less than a tag ${index}`,
      (await openAead(key, nonce, new Uint8Array(15), aad)) === undefined,
    );
  }
  return record.report();
}

/**
 * The seed 00 01 … 3f, the message ff fe … e0: SHA3-256 of public key, expanded key and ciphertext, then the shared
 * secret, and what a ciphertext of zeros gives (implicit rejection). By @noble; OpenSSL and BoringSSL agree.
 */
const KEM_ANSWERS = {
  'ML-KEM-768': [
    'a24e16d8f8f9383a95b77050f4d9fd2f5733eec1d63ef3c23ebf9918173669a7',
    '1149f17c3c4ac6ab1e3e2d9d8bd0171355ac0fa31bb8855c48ceade874c0864b',
    '6487ad2d3ea1a0af1c9222e09ec1fc9afab3c49ae072b7f9f9a8698ae447e3a0',
    'f2c2678a3be8ba85e9053a0eaffc557661d15f2742caaf272cd93770062b53ca',
    'c8fbeddafdacef2ffeb8b354ea644f11b5c150f3e2c4a74ce38abba8f854ae16',
  ],
  'ML-KEM-1024': [
    '61349e5c131a7e116a0463861d7d18663c5627c38c7147ddaadfd48acd7a4535',
    'f0db5d938027fcd9bad87847d52c14cf0c4abcf0703b749793f212111ffb303b',
    'dafa37e40581d06aca553e746de33612d0817033f32df2b465926d49312dcf3d',
    '323e526bcf53a6354dc3e74722383f34fc1aa2de0dc6af18378a9c25ec7d96a2',
    '294cb5b6b0f37a047745a2a69991f66ac85936e1b077e717eaeb26bb0ba42c68',
  ],
} as const;

export async function kemAnswers(): Promise<Report> {
  const record = recorder();
  const seed = counting(64);
  for (const alg of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    const [publicHash, expandedHash, ciphertextHash, secret, rejected] = KEM_ANSWERS[alg];
    const noble = alg === 'ML-KEM-768' ? ml_kem768 : ml_kem1024;
    const { publicKey, secretKey } = noble.keygen(seed);
    const { cipherText } = noble.encapsulate(
      publicKey,
      counting(32).map((byte) => 255 - byte),
    );
    record.equal(`${alg} expanded`, sha3_256(secretKey), expandedHash);
    record.equal(`${alg} ciphertext`, sha3_256(cipherText), ciphertextHash);
    const zeros = new Uint8Array(KEM_SIZES[alg].ciphertext);
    for (const [form, key] of [
      ['seed', seed],
      ['expanded', secretKey],
    ] as const) {
      for (const { name, kem } of await kemsFor(alg, form)) {
        const what = `${alg} ${form} ${name}`;
        if (form === 'seed') record.equal(what, sha3_256(await kem.publicKeyOf(key)), publicHash);
        record.equal(what, await kem.decapsulate(key, cipherText), secret);
        record.equal(`${what} zeros`, await kem.decapsulate(key, zeros), rejected);
        await record.refuses(`${what} short`, () => kem.decapsulate(key, zeros.subarray(1)));
        await record.refuses(`${what} cut key`, () => kem.decapsulate(key.subarray(1), cipherText));
      }
    }
    record.that(`${alg} public key`, isPublicKey(alg, publicKey));
    record.that(`${alg} public key cut`, !isPublicKey(alg, publicKey.subarray(1)));
    record.that(`${alg} expanded key`, isExpandedKey(alg, secretKey));
    record.that(`${alg} expanded key cut`, !isExpandedKey(alg, secretKey.subarray(1)));
  }
  return record.report();
}
