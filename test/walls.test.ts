/** The walls of the house (docs/ARCHITECTURE.md): who may import whom, and who owns which package. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const files = globSync('src/**/*.ts').sort();

/** Rooms that each room may import from, besides itself, `fault`, `json`, `listed`, `own-name`, `quote` and `world`. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  // The guard and what asks the keychain are started as pqx itself, and need nothing of the way there.
  main: ['cli', 'words', 'commands', 'identity', 'launch', 'platform', 'terminal'],
  // the nearest of a mistyped option
  cli: ['profile', 'words'],
  fault: [],
  json: [],
  listed: [],
  'own-name': [],
  quote: [],
  words: [],
  world: [],
  commands: [
    'cli',
    'words',
    'profile',
    'identity',
    'bundle',
    'crypto',
    'launch',
    'store',
    'terminal',
    'platform',
  ],
  profile: ['store', 'bundle', 'crypto'],
  // the keychain is asked by another process
  identity: ['crypto', 'store', 'platform'],
  bundle: ['crypto'],
  crypto: [],
  launch: ['profile', 'platform', 'store'],
  store: ['platform', 'crypto'],
  platform: [],
  terminal: [],
  build: ['words', 'commands'],
};

/** Third-party packages, and the one room that owns each. */
const OWNERS: Readonly<Record<string, string>> = {
  '@napi-rs/keyring': 'identity',
  '@noble/post-quantum': 'crypto',
  '@noble/ciphers': 'crypto',
  '@noble/hashes': 'crypto',
  yaml: 'profile',
  picomatch: 'profile',
};

/** Files that neither reach for the system nor for the clock. */
const PURE = [
  /^src\/crypto\//,
  /^src\/bundle\//,
  /^src\/(cli|json|listed|own-name|quote|words)\.ts$/,
  /^src\/profile\/(?!cache[.-]|discover\.|trust-write\.)/,
  /^src\/launch\/(environment|template|serialise|file-content|containers?|container-|mask)/,
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)) {
    found.push({ file, specifier: match[2] ?? '', typeOnly: match[1] !== undefined, dynamic: false });
  }
  for (const match of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) {
    found.push({ file, specifier: match[1] ?? '', typeOnly: false, dynamic: true });
  }
  return found;
}

function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length === 2 ? (parts[1] ?? '').replace(/\.ts$/, '') : (parts[1] ?? '');
}

/** The file that a specifier names, or undefined for a package. */
function targetOf(entry: Import): string | undefined {
  if (entry.specifier === '#native') return 'src/crypto/native-node.ts';
  if (entry.specifier === '#helper') return 'src/platform/helper-node.ts';
  if (entry.specifier === '#trap') return 'src/platform/trap-node.ts';
  if (entry.specifier === '#keyring') return 'src/platform/keyring-node.ts';
  if (entry.specifier === '#system') return 'src/platform/system-node.ts';
  if (!entry.specifier.startsWith('.')) return undefined;
  return normalize(join(dirname(entry.file), entry.specifier));
}

const imports = files.flatMap(importsOf);

describe('the walls', () => {
  test('every room imports only from the rooms that the way of the data allows', () => {
    const wrong = imports.flatMap((entry) => {
      const target = targetOf(entry);
      if (target === undefined) return [];
      const from = roomOf(entry.file);
      const to = roomOf(target);
      if (from === to || ['fault', 'json', 'listed', 'own-name', 'quote', 'world'].includes(to)) return [];
      return ARROWS[from]?.includes(to) ? [] : [`${entry.file} → ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test('launch takes only types from profile', () => {
    const wrong = imports.filter(
      (entry) =>
        roomOf(entry.file) === 'launch' && roomOf(targetOf(entry) ?? 'x/x') === 'profile' && !entry.typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test('each third-party package is imported by the room that owns it, and by no other', () => {
    const wrong = imports.flatMap((entry) => {
      const { specifier } = entry;
      if (
        specifier.startsWith('.') ||
        specifier.startsWith('#') ||
        specifier.startsWith('node:') ||
        specifier === 'bun:ffi'
      )
        return [];
      const name = specifier.startsWith('@')
        ? specifier.split('/').slice(0, 2).join('/')
        : (specifier.split('/')[0] ?? '');
      return OWNERS[name] === roomOf(entry.file) ? [] : [`${entry.file} → ${specifier}`];
    });
    expect(wrong).toEqual([]);
  });

  test('heavy packages are loaded only where they are used, never on the way to a launch', () => {
    const heavy = /^(yaml|@noble\/)/;
    const wrong = imports.filter(
      (entry) =>
        heavy.test(entry.specifier) && !entry.typeOnly && !entry.dynamic && !/noble/.test(entry.file),
    );
    expect(wrong).toEqual([]);
  });

  test('pure rooms reach neither for the file system, nor the process, the console or the clock', () => {
    const wrong = files
      .filter((file) => PURE.some((pure) => pure.test(file)) && !/native-(bun|node)\.ts$/.test(file))
      .flatMap((file) => {
        const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
        const reaches =
          /node:(fs|child_process|os|net|process)|\bprocess\.|\bconsole\.|\bDate\.now|new Date\(\)|performance\.now/.exec(
            code,
          );
        return reaches === null ? [] : [`${file}: ${reaches[0]}`];
      });
    expect(wrong).toEqual([]);
  });

  test('the environment is read in main alone', () => {
    const wrong = files.filter(
      (file) =>
        file !== 'src/main.ts' &&
        !file.startsWith('src/build/') &&
        /process\.env\b/.test(readFileSync(file, 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  test('there is one class, no default export, no barrel and no `any`', () => {
    const wrong = files.flatMap((file) => {
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const found: string[] = [];
      if (/^\s*(export\s+)?class\s/m.test(code) && file !== 'src/fault.ts') found.push(`${file}: class`);
      if (/^export default/m.test(code)) found.push(`${file}: default export`);
      if (/^export \* /m.test(code)) found.push(`${file}: barrel`);
      if (/:\s*any\b|<any>|as any\b/.test(code)) found.push(`${file}: any`);
      return found;
    });
    expect(wrong).toEqual([]);
  });

  test('no file is longer than 400 lines', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
    expect(long).toEqual([]);
  });
});
