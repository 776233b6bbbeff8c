/**
 * Makes an identity in the directory that is its first argument (`new`, `replace`) or loads the one that is there
 * (`load`), and says what came of it as one line of JSON.
 */
import { generateKey, publicKeyOf } from '../../src/crypto/kem.ts';
import { Fault } from '../../src/fault.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { saveFileIdentity } from '../../src/identity/file-store-write.ts';

const [directory = '', how] = process.argv.slice(2);
try {
  console.log(JSON.stringify(how === 'load' ? await load() : await save()));
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.log(JSON.stringify({ message: error.message }));
}

async function load(): Promise<unknown> {
  const key = await loadFileIdentity(directory);
  return { alg: key.alg, form: key.form, publicKey: Buffer.from(await publicKeyOf(key)).toString('hex') };
}

async function save(): Promise<unknown> {
  const { key, publicKey } = await generateKey('ML-KEM-768');
  await saveFileIdentity(directory, key, publicKey, { replace: how === 'replace', now: new Date() });
  return { saved: Buffer.from(publicKey).toString('hex') };
}
