/** The vectors of others, which lie beside the repository: Wycheproof and C2SP CCTV. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { openAead, sealAead } from '../../src/crypto/aead.ts';
import { isExpandedKey, isPublicKey, type KemAlgorithm } from '../../src/crypto/kem.ts';
import { fromHex, hex, type Report, recorder } from './check.ts';
import { kemsFor } from './kems.ts';

export const VECTORS = new URL('../../../shared/vectors/', import.meta.url);

interface Wycheproof<Test> {
  readonly testGroups: readonly {
    readonly tests: readonly (Test & { readonly tcId: number; readonly result: 'valid' | 'invalid' })[];
  }[];
}

interface KemTest {
  readonly seed?: string;
  readonly dk?: string;
  readonly ek?: string;
  readonly c: string;
  readonly K?: string;
}

interface AeadTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

/** Wycheproof ML-KEM: seeds and expanded keys, with every implementation; what is invalid must be refused by each. */
export async function wycheproofKem(alg: KemAlgorithm, file: string): Promise<Report> {
  const record = recorder();
  const { testGroups } = readJson<Wycheproof<KemTest>>(file);
  for (const test of testGroups.flatMap((group) => group.tests)) {
    const form = test.seed === undefined ? 'expanded' : 'seed';
    const key = fromHex(test.seed ?? test.dk ?? '');
    for (const kem of await kemsFor(alg, form)) {
      const what = `${file} ${test.tcId} ${kem.name}`;
      if (test.result === 'invalid') {
        await record.refuses(what, () => kem.kem.decapsulate(key, fromHex(test.c)));
      } else {
        record.equal(what, await kem.kem.decapsulate(key, fromHex(test.c)), test.K ?? '');
        if (form === 'seed') record.equal(`${what} ek`, await kem.kem.publicKeyOf(key), test.ek ?? '');
      }
    }
    if (test.result === 'valid')
      record.that(`${file} ${test.tcId} ek`, isPublicKey(alg, fromHex(test.ek ?? '')));
    if (form === 'expanded') {
      const sound = test.result === 'valid' || test.c.length !== 2176;
      record.that(`${file} ${test.tcId} dk`, isExpandedKey(alg, key) === sound);
    }
  }
  return record.report();
}

/** Wycheproof AES-GCM: what is not AES-256 with a nonce of 12 bytes is refused, whatever the vector says of it. */
export async function wycheproofAead(): Promise<Report> {
  const record = recorder();
  const { testGroups } = readJson<Wycheproof<AeadTest>>('aes_gcm_test.json');
  for (const test of testGroups.flatMap((group) => group.tests)) {
    const [key, nonce, aad] = [fromHex(test.key), fromHex(test.iv), fromHex(test.aad)];
    const sealed = fromHex(test.ct + test.tag);
    if (key.length !== 32 || nonce.length !== 12) {
      await record.refuses(`${test.tcId} open`, () => openAead(key, nonce, sealed, aad));
      await record.refuses(`${test.tcId} seal`, () => sealAead(key, nonce, fromHex(test.msg), aad));
    } else if (test.result === 'invalid') {
      record.that(`${test.tcId} open`, (await openAead(key, nonce, sealed, aad)) === undefined);
    } else {
      record.equal(`${test.tcId} open`, await openAead(key, nonce, sealed, aad), test.msg);
      record.equal(`${test.tcId} seal`, await sealAead(key, nonce, fromHex(test.msg), aad), sealed);
    }
  }
  return record.report();
}

/**
 * CCTV: intermediate values, a sampling that runs long, and ciphertexts that differ only behind a zero byte. The seeds of
 * these files are those of the draft of FIPS 203, which hashed d alone and not d || k (section 5.1): so they must give
 * another key here, and their expanded keys must work.
 */
export async function cctvKem(): Promise<Report> {
  const record = recorder();
  for (const name of ['intermediate', 'strcmp', 'unluckysample']) {
    const { d, z, ek, m, dk = '', c = '', K = '?' } = readFields(`cctv/${name}-ML-KEM-768.txt`);
    for (const { name: kemName, kem } of await kemsFor('ML-KEM-768', 'expanded')) {
      record.equal(`${name} dk ${kemName}`, await kem.decapsulate(fromHex(dk), fromHex(c)), K);
    }
    if (d === undefined || z === undefined || ek === undefined || m === undefined) continue;
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(fromHex(ek), fromHex(m));
    record.equal(`${name} c`, cipherText, c);
    record.equal(`${name} K`, sharedSecret, K);
    for (const { name: kemName, kem } of await kemsFor('ML-KEM-768', 'seed')) {
      record.that(`${name} ek ${kemName}`, hex(await kem.publicKeyOf(fromHex(d + z))) !== ek);
    }
  }
  return record.report();
}

/** CCTV: public keys each with one coefficient that is not reduced; nothing may be encrypted to them. */
export async function cctvModulus(): Promise<Report> {
  const record = recorder();
  const lines = gunzipSync(readFileSync(new URL('cctv/modulus-ML-KEM-768.txt.gz', VECTORS)))
    .toString('latin1')
    .trim()
    .split('\n');
  const kems = await kemsFor('ML-KEM-768', 'seed');
  for (const [index, line] of lines.entries()) {
    const publicKey = fromHex(line);
    record.that(`line ${index} isPublicKey`, !isPublicKey('ML-KEM-768', publicKey));
    for (const { name, kem } of kems) {
      await record.refuses(`line ${index} ${name}`, () => kem.encapsulate(publicKey));
    }
  }
  return record.report();
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));
}

/** Lines of `name = value`. */
function readFields(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(new URL(file, VECTORS), 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' = ')).filter((parts) => parts.length === 2));
}
