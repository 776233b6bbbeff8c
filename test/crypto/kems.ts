/** Every ML-KEM that there is in this runtime, behind the checks of the public functions and without them. */
import { nativeKem } from '#native';
import {
  decapsulate,
  encapsulate,
  type Kem,
  type KemAlgorithm,
  type PrivateKey,
  publicKeyOf,
} from '../../src/crypto/kem.ts';
import { nobleKem } from '../../src/crypto/kem-noble.ts';
import { SEED_SIZE } from '../../src/crypto/kem-sizes.ts';

export interface NamedKem {
  readonly name: string;
  readonly kem: Kem;
}

/** `form`: the form of the private keys that it will be given. The first is what pqx itself uses. */
export async function kemsFor(alg: KemAlgorithm, form: PrivateKey['form']): Promise<readonly NamedKem[]> {
  const native = nativeKem(alg, form);
  return [
    { name: 'public', kem: publicFunctions(alg) },
    { name: 'noble', kem: await nobleKem(alg) },
    ...(native === undefined ? [] : [{ name: 'native', kem: native }]),
  ];
}

function publicFunctions(alg: KemAlgorithm): Kem {
  const keyOf = (bytes: Uint8Array): PrivateKey => ({
    alg,
    form: bytes.length > 2 * SEED_SIZE ? 'expanded' : 'seed',
    bytes,
  });
  return {
    publicKeyOf: (seed) => publicKeyOf(keyOf(seed)),
    encapsulate: (publicKey) => encapsulate(alg, publicKey),
    decapsulate: (key, ciphertext) => decapsulate(keyOf(key), ciphertext),
  };
}
