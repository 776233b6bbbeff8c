/** Every reader of what others can write, and when what it takes is a forgery. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportText } from '../../src/bundle/export.ts';
import { readAssignments } from '../../src/bundle/input.ts';
import { readJsonMap } from '../../src/bundle/input-map.ts';
import { isName, wrongWith } from '../../src/bundle/names.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { hexEncode } from '../../src/crypto/encoding.ts';
import { isPublicKey, type PrivateKey, publicKeyOf } from '../../src/crypto/kem.ts';
import { equalBytes } from '../../src/crypto/wipe.ts';
import { Fault } from '../../src/fault.ts';
import { loadFileIdentity } from '../../src/identity/file-store.ts';
import { readRecord } from '../../src/identity/keychain-record.ts';
import { keyOfEntry } from '../../src/identity/keychain-text.ts';
import { judge } from '../../src/identity/known.ts';
import { recordPin } from '../../src/identity/known-write.ts';
import { readRecipient, recipientText } from '../../src/identity/recipient.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import { parseStringMap } from '../../src/profile/string-map.ts';
import { parseTrust, trustText } from '../../src/profile/trust.ts';
import { readKnown } from '../../src/store/known-file.ts';
import { fixture, identityOf, openBytes, texts } from '../bundle/store.ts';

export interface Reader {
  /** What is mutated. */
  readonly seeds: readonly Uint8Array[];
  /** Reads; a Fault refuses. Returns what is wrong with taking it, or undefined. `seed` is what `bytes` were made from. */
  read(bytes: Uint8Array, seed: Uint8Array): Promise<string | undefined>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** By name; each with a directory of its own, which `end` removes. */
export async function readers(): Promise<{
  readonly all: Readonly<Record<string, Reader>>;
  readonly end: () => void;
}> {
  const directory = mkdtempSync(join(tmpdir(), 'pqx-fuzz-'));
  const put = (name: string, bytes: Uint8Array): string => {
    const path = join(directory, name);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  };
  const all: Record<string, Reader> = {
    'bundle v2': await bundleReader('v2-one-recipient', true),
    'bundle v2, two algorithms': await bundleReader('v2-mixed-1024-reader', true),
    'bundle v1': await bundleReader('v1-python-seed', false),
    'bundle v1, single envelope': await bundleReader('v1-python-single-envelope', false),
    'private key': await keyReader('v1-python-seed', directory, put),
    'private key, version 2': await keyReader('v2-mixed-1024-reader', directory, put),
    'public key': await publicKeyReader(put),
    'known bundles': await knownReader(directory, put),
    'keychain.json': recordReader(directory, put),
    'entry of a keychain': { seeds: ENTRIES, read: readEntry },
    'trusted project files': { seeds: [encoder.encode(trustText(TRUSTED))], read: readTrusted },
    'KEY=VALUE text': { seeds: ASSIGNMENTS, read: readLines },
    'JSON map': { seeds: [encoder.encode('{"A":"x","B":"\\n\\ud83d\\udd11"}')], read: readMap },
    'YAML map': { seeds: [encoder.encode('A: x\nB: |\n  two\n  lines\n"C": \'q\'\n')], read: readYamlMap },
    'profile file': { seeds: PROFILES, read: readProfiles },
  };
  return { all, end: () => rmSync(directory, { recursive: true }) };
}

/** What is taken as an account stands in an argument, and is shown. */
function recordReader(directory: string, put: (name: string, bytes: Uint8Array) => string): Reader {
  const record = { version: 1, account: 'pqc-secrets-key', former: ['pqc-secrets-key.0123456789abcdef'] };
  return {
    seeds: [encoder.encode(JSON.stringify(record))],
    async read(bytes) {
      put('keychain.json', bytes);
      const { account, former } = readRecord(directory);
      const odd = [account ?? 'a', ...former].find((name) => !/^[\x20-\x7e]{1,255}$/.test(name));
      return odd === undefined ? undefined : 'it took an account that cannot be shown';
    },
  };
}

const ENTRIES = [
  'ab'.repeat(64),
  Buffer.alloc(64, 7).toString('base64'),
  `ML-KEM-1024:${'cd'.repeat(64)}\n`,
].map((text) => encoder.encode(text));

async function readEntry(bytes: Uint8Array): Promise<string | undefined> {
  const { form, bytes: key } = keyOfEntry(bytes, 'pqc-secrets/x');
  return form === 'seed' && key.length === 64 ? undefined : 'it took something else for a seed';
}

/** Forged is one that opens with other values; of version 2 also one with another text, but for its white space. */
async function bundleReader(store: string, whole: boolean): Promise<Reader> {
  const key = await identityOf(store);
  const seed = fixture(store, 'secrets.bundle.json');
  const values = JSON.stringify(texts(await openBytes(seed, key)));
  const compact = (bytes: Uint8Array) => decoder.decode(bytes).replace(/[ \t\r\n]/g, '');
  const text = compact(seed);
  return {
    seeds: [seed],
    async read(bytes) {
      const opened = JSON.stringify(texts(await openBytes(bytes, key)));
      if (opened !== values) return 'it opened with other values';
      return whole && compact(bytes) !== text ? 'it opened with another text' : undefined;
    },
  };
}

async function keyReader(
  store: string,
  directory: string,
  put: (name: string, bytes: Uint8Array) => string,
): Promise<Reader> {
  const { bytes: expected } = await identityOf(store);
  const kek = fixture(store, 'machine.kek');
  return {
    seeds: [fixture(store, 'private.key.enc')],
    async read(bytes) {
      put('machine.kek', kek);
      put('private.key.enc', bytes);
      const key = await loadFileIdentity(directory);
      return equalBytes(key.bytes, expected) ? undefined : 'it gave another key';
    },
  };
}

async function publicKeyReader(put: (name: string, bytes: Uint8Array) => string): Promise<Reader> {
  const key = await publicKeyOf(await identityOf('v1-python-seed'));
  const json = recipientText('ML-KEM-768', key, new Date(0));
  return {
    seeds: [json, encoder.encode(`${hexEncode(key)}\n`)],
    async read(bytes, seed) {
      const { alg, publicKey } = readRecipient(put('recipient.pub', bytes));
      if (!isPublicKey(alg, publicKey)) return 'it gave what is no public key';
      const hashed = decoder.decode(bytes).includes('"public_key_sha3_256"');
      return seed === json && hashed && !equalBytes(publicKey, key) ? 'it gave another key' : undefined;
    },
  };
}

/** What is known is of one bundle, and another was opened: no change of the file may make that the expected one. */
async function knownReader(
  directory: string,
  put: (name: string, bytes: Uint8Array) => string,
): Promise<Reader> {
  const store = 'v2-one-recipient';
  const key: PrivateKey = await identityOf(store);
  const [own, other] = [store, 'v2-broken'].map((name) =>
    readBundle(fixture(name, name === store ? 'secrets.bundle.json' : 'good.json'), name),
  );
  if (own?.format !== 'v2' || other?.format !== 'v2') throw new Error('two v2 bundles');
  const path = '/home/user/secrets.bundle.json';
  await recordPin(directory, key, path, own);
  await recordPin(directory, key, '/home/user/other.json', other);
  return {
    seeds: [Uint8Array.from(readFileSync(join(directory, 'known.json')))],
    async read(bytes) {
      put('known.json', bytes);
      const { kind } = judge(readKnown(directory), key, path, other);
      return kind === 'same' || kind === 'older' ? `another bundle was ${kind}` : undefined;
    },
  };
}

const TRUSTED = [
  { path: '/home/user/repo/.pqx.yaml', content: '0123456789abcdef'.repeat(4) },
  { path: '/home/user/\udcff/.pqx.json', content: 'a'.repeat(64), extended: 'b'.repeat(64) },
];

/** What is taken is a list that pqx could have written: it comes back as it was. */
async function readTrusted(bytes: Uint8Array): Promise<string | undefined> {
  const trusted = parseTrust(bytes);
  if (trusted === undefined) throw new Fault('store', 'no list');
  const again = parseTrust(encoder.encode(trustText(trusted)));
  return JSON.stringify(again) === JSON.stringify(trusted) ? undefined : 'it changed on the way';
}

const ASSIGNMENTS = [
  `# comment\nexport A='it'\\''s'\nB="two\nlines \\" \\$ \\n"\nC= bare # kept \nD=\n\nE='x' # comment\r\nF="\\\\"\n`,
  '\ufeffZENMUX_API_KEY=k1\nOTHER=a=b=c\n',
].map((text) => encoder.encode(text));

/** What is taken may stand in a bundle, and comes back as it was when it is printed and read again. */
async function readLines(bytes: Uint8Array): Promise<string | undefined> {
  const secrets = readAssignments(bytes, 'F');
  for (const [name, value] of secrets) {
    if (!isName(name) || wrongWith(value) !== undefined) return 'it gave what no bundle may hold';
  }
  const again = readAssignments(exportText(secrets, 'sh'), 'F');
  return JSON.stringify(texts(again)) === JSON.stringify(texts(secrets))
    ? undefined
    : 'it changed on the way';
}

async function readMap(bytes: Uint8Array): Promise<string | undefined> {
  return mapProblem(readJsonMap(decoder.decode(bytes), 'F'));
}

async function readYamlMap(bytes: Uint8Array): Promise<string | undefined> {
  return mapProblem(await parseStringMap(decoder.decode(bytes), 'F'));
}

function mapProblem(map: ReadonlyMap<string, string>): string | undefined {
  return [...map.values()].every((value) => typeof value === 'string') ? undefined : 'a value is no text';
}

const PROFILES = [
  `version: 1
settings: { quiet: true, bundle: ./b.json, rollback: refuse }
profiles:
  claude:
    command: [claude, "c?*"]
    args: ["!--version", "*"]
    env: { ANTHROPIC_AUTH_TOKEN: ZENMUX_API_KEY, X: { template: "a {{ B }} c" }, Y: { unset: true } }
    keys: ["AWS_*", "!AWS_PROFILE"]
    inherit: &i [PATH, "LC_*"]
    append: [--flag]
  psql: { command: psql, inherit: *i, container: off }
`,
].map((text) => encoder.encode(text));

/** What is taken is plain data, as it is kept in the cache; no name of it means anything to the language. */
async function readProfiles(bytes: Uint8Array): Promise<string | undefined> {
  const file = await parseProfiles(bytes, '/home/user/profiles.yaml', 'user');
  const again: unknown = JSON.parse(JSON.stringify(file));
  if (JSON.stringify(again) !== JSON.stringify(file)) return 'it is no plain data';
  return 'polluted' in {} || Object.keys(Object.prototype).length > 0
    ? 'the prototype was changed'
    : undefined;
}
