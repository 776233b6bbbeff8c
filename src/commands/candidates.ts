/** What may stand at the cursor of a command line of pqx: for the scripts of `completion`. Nothing is decrypted for it. */
import { clearNames } from '../bundle/read.ts';
import { frontOptions } from '../cli.ts';
import { Fault } from '../fault.ts';
import { knownTools } from '../profile/examples.ts';
import { allWords, isWord, type Word } from '../words.ts';
import type { World } from '../world.ts';
import { findBundle } from './access.ts';
import { helpOf } from './help.ts';
import { readSources, wordBundlePath } from './profile-files.ts';

/** What the shell completes by itself, and from which word on the line is another command's. */
export type Candidates =
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'commands'; readonly texts: readonly string[] }
  | { readonly kind: 'delegate'; readonly at: number };

/** Shells evaluate or split what is not of these; a name with anything else is not offered (SECURITY, names as code). */
const HARMLESS = /^[A-Za-z0-9_.@+=:/-]+$/;

const NONE: Candidates = { kind: 'texts', texts: [] };

/** `words`: what stands behind `pqx`, up to the word at the cursor, which is the last and may be empty. */
export async function candidates(world: World, words: readonly string[]): Promise<Candidates> {
  const found = await find(world, words);
  if (found.kind === 'files' || found.kind === 'delegate') return found;
  const current = words.at(-1) ?? '';
  const texts = found.texts.filter((text) => text.startsWith(current) && HARMLESS.test(text));
  return { ...found, texts: [...new Set(texts)] };
}

async function find(world: World, words: readonly string[]): Promise<Candidates> {
  const front = skipFront(words, 0);
  if (front.value !== undefined) return valuesFor(world, front.value, words.at(-1) ?? '');
  if (front.at < words.length - 1) {
    const word = words[front.at] ?? '';
    if (front.separated || !(isWord(word) || word === 'run')) return { kind: 'delegate', at: front.at };
    return ofWord(world, word, words, front.at + 1);
  }
  const current = words.at(-1) ?? '';
  if (current.startsWith('-') && !front.separated) return texts(allOf(frontOptions()));
  const own = front.separated ? [] : [...allWords(), 'run'];
  return { kind: 'commands', texts: [...own, ...(await commandsOf(world))] };
}

function allOf({ flags, valued }: ReturnType<typeof frontOptions>): readonly string[] {
  return [...flags, ...valued];
}

interface Front {
  /** The first word that is neither an option nor the value of one; at most the word at the cursor. */
  readonly at: number;
  readonly separated: boolean;
  /** The option whose value is at the cursor. */
  readonly value: string | undefined;
}

function skipFront(words: readonly string[], from: number): Front {
  const last = words.length - 1;
  const { valued } = frontOptions();
  let at = from;
  for (; at < last; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { at: at + 1, separated: true, value: undefined };
    if (!word.startsWith('-') || word === '-') break;
    if (!valued.includes(word)) continue;
    if (at + 1 === last) return { at: last, separated: false, value: word };
    at += 1;
  }
  return { at, separated: false, value: undefined };
}

async function ofWord(
  world: World,
  word: Word | 'run',
  words: readonly string[],
  from: number,
): Promise<Candidates> {
  if (word === 'run' || word === 'explain') return ofLaunch(world, word, words, from);
  const { options, choices } = optionsOf(word);
  const before = words.slice(from, -1);
  const current = words.at(-1) ?? '';
  const option = before.at(-1) ?? '';
  const values = choices.get(option);
  if (values !== undefined) return texts(values);
  if (options.get(option) === true) return valuesFor(world, option, current);
  if (current.startsWith('-')) return texts([...options.keys()]);
  const positionals = before.filter(
    (text, at) => !text.startsWith('-') && options.get(before[at - 1] ?? '') !== true,
  );
  return positional(world, word, positionals);
}

async function ofLaunch(
  world: World,
  word: 'run' | 'explain',
  words: readonly string[],
  from: number,
): Promise<Candidates> {
  const front = skipFront(words, from);
  if (front.value !== undefined) return valuesFor(world, front.value, words.at(-1) ?? '');
  if (front.at < words.length - 1) return { kind: 'delegate', at: front.at };
  if ((words.at(-1) ?? '').startsWith('-') && !front.separated)
    return texts([...allOf(frontOptions()), ...(word === 'explain' ? ['--json', '--open'] : [])]);
  return { kind: 'commands', texts: await commandsOf(world) };
}

/** Behind an option that takes a value. */
async function valuesFor(world: World, option: string, current: string): Promise<Candidates> {
  switch (option) {
    case '-p':
    case '--profile':
      return texts(await profileNames(world));
    case '--env': {
      const variable = current.split('=', 1)[0] ?? '';
      if (!current.includes('=')) return NONE;
      return texts((await keyNames(world)).map((name) => `${variable}=${name}`));
    }
    case '--key':
    case '--set':
      return texts(await keyNames(world));
    case '--bundle':
    case '--profiles':
    case '--pub':
    case '--new-pub':
    case '--out':
      return { kind: 'files' };
    default:
      return NONE;
  }
}

async function positional(world: World, word: Word, before: readonly string[]): Promise<Candidates> {
  const [first] = before;
  switch (word) {
    case 'get':
    case 'set':
    case 'rename':
      return before.length === 0 ? texts(await keyNames(world)) : NONE;
    case 'unset':
      return texts((await keyNames(world)).filter((name) => !before.includes(name)));
    case 'import':
    case 'trust':
    case 'untrust':
      return before.length === 0 ? { kind: 'files' } : NONE;
    case 'help':
      return before.length === 0 ? texts([...allWords(), 'run']) : NONE;
    case 'alias':
    case 'completion':
      return before.length === 0 ? texts(['bash', 'zsh', 'fish']) : NONE;
    case 'profiles':
      if (first === undefined) return texts(['list', 'check', 'add', 'schema']);
      if (before.length > 1) return NONE;
      return first === 'add' ? texts(knownTools()) : first === 'check' ? { kind: 'files' } : NONE;
    case 'recipients':
      if (first === undefined) return texts(['list', 'add', 'remove']);
      if (before.length > 1) return NONE;
      return first === 'remove' ? texts(await labels(world)) : first === 'add' ? { kind: 'files' } : NONE;
    case 'shim':
      return first === undefined ? texts(['add', 'remove', 'list']) : texts(await commandsOf(world));
    default:
      return NONE;
  }
}

interface WordOptions {
  /** Whether each takes a value. */
  readonly options: ReadonlyMap<string, boolean>;
  /** Those whose values are a few. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

/** From the usage lines of the word's help, which a test holds to what the word takes. */
export function optionsOf(word: Word): WordOptions {
  const usage = helpOf(word)
    .split('\n')
    .filter((line) => line.startsWith('pqx '))
    .join('\n');
  const options = new Map<string, boolean>();
  const choices = new Map<string, readonly string[]>();
  for (const [, name = '', value] of usage.matchAll(
    /(--?[a-z][a-z-]*)(?: ((?!-)[\w.-]+(?:\|[\w.-]+)*(?:=KEY)?))?/g,
  )) {
    options.set(name, value !== undefined);
    if (value?.includes('|') === true) choices.set(name, value.split('|'));
    if (name === '-p') options.set('--profile', true);
  }
  return { options, choices };
}

function texts(list: readonly string[]): Candidates {
  return { kind: 'texts', texts: list };
}

function profileNames(world: World): Promise<readonly string[]> {
  return quietly(async () =>
    (await readSources(world, OPTIONS)).files.flatMap((file) => file.profiles.map(({ name }) => name)),
  );
}

/** Commands that a profile names literally, and that are typed as they stand. */
function commandsOf(world: World): Promise<readonly string[]> {
  return quietly(async () =>
    (await readSources(world, OPTIONS)).files
      .flatMap((file) => file.profiles.flatMap(({ command }) => command))
      .filter((pattern) => !/[!*?[\]{}\\/]/.test(pattern)),
  );
}

/** Those of a v1 bundle are encrypted, and stay so. */
function keyNames(world: World): Promise<readonly string[]> {
  return quietly(async () => {
    const bundle = findBundle(await wordBundlePath(world, OPTIONS));
    return bundle === undefined ? [] : (clearNames(bundle) ?? []);
  });
}

function labels(world: World): Promise<readonly string[]> {
  return quietly(async () => {
    const bundle = findBundle(await wordBundlePath(world, OPTIONS));
    return bundle?.format === 'v2' ? bundle.recipients.map(({ label }) => label) : [];
  });
}

const OPTIONS = { quiet: true, verbose: false } as const;

/** What is wrong is said by the command itself, not while it is typed. */
async function quietly(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}
