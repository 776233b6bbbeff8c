/** Makes an identity in the directory that is its first argument, and says what came of it as one line of JSON. */
import { generateKey } from '../../src/crypto/kem.ts';
import { Fault } from '../../src/fault.ts';
import { saveFileIdentity } from '../../src/identity/file-store-write.ts';

const [directory = '', how] = process.argv.slice(2);
const { key, publicKey } = await generateKey('ML-KEM-768');
try {
  await saveFileIdentity(directory, key, publicKey, { replace: how === 'replace', now: new Date() });
  console.log(JSON.stringify({ saved: Buffer.from(publicKey).toString('hex') }));
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.log(JSON.stringify({ message: error.message }));
}
