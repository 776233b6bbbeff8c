/** Config files of a launch that pqx waits for: links at fixed paths, and what the target changed goes back into the bundle. */
import { lstatSync, readFileSync } from 'node:fs';
import { sha3_256 } from '../crypto/hash.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault } from '../fault.ts';
import { markStarting, recordTarget, removePrivate } from '../launch/held.ts';
import { type Link, makeLinks, replaceByLink, standingAt } from '../launch/links.ts';
import type { Supervision } from '../launch/supervision.ts';
import { fileKeys, type PlannedFile } from '../profile/files.ts';
import { shellWord } from '../quote.ts';
import { noticeText } from '../terminal/report.ts';
import type { World } from '../world.ts';
import type { BundlePlace } from './profile-files.ts';

/** Larger than any bundle takes, in bytes. */
const SAVE_LIMIT = 16 * 1024 * 1024;

interface Held {
  readonly file: PlannedFile;
  /** Of its content when the target was started. */
  readonly hash: Uint8Array;
}

/** Makes the links. The files must be laid in `directory`. Faults `launch` as `makeLinks`. */
export async function holdFiles(
  world: World,
  place: BundlePlace,
  files: readonly PlannedFile[],
  directory: string,
): Promise<Supervision> {
  const held = files
    .filter(({ link, save }) => link !== undefined || save)
    .map((file) => ({ file, hash: hashOf(readFileSync(file.path)) }));
  const links = files.flatMap(linkOf);
  if (links.length > 0) await makeLinks(directory, links, (link) => keyOf(files, link));
  markStarting(directory);
  return {
    onStart: (pid) => recordTarget(directory, pid),
    onEnd: async () => {
      for (const one of held) await finish(world, place, directory, one);
      await removePrivate(directory);
    },
  };
}

/** Never throws: the target has ended, and its status is what counts. */
async function finish(world: World, place: BundlePlace, directory: string, held: Held): Promise<void> {
  const { file } = held;
  try {
    const replaced = file.link !== undefined && standingAt(file.link).kind === 'file';
    const content = contentAt(replaced ? (file.link ?? file.path) : file.path);
    if (content === undefined) return;
    const changed = !hashOf(content).every((byte, index) => byte === held.hash[index]);
    if (file.save && changed && content.length > 0) await save(world, place, file, content);
    if (replaced && (file.save || !changed))
      await replaceByLink(directory, { link: file.link ?? file.path, path: file.path }, content);
    wipe(content);
    if (!file.save && changed) sayLost(world, file, replaced);
    if (file.save && changed && content.length === 0) sayEmptied(world, file);
  } catch (error) {
    const why = error instanceof Fault ? error.message : 'it cannot be read or written';
    say(
      world,
      `what changed in ${whereOf(file)} is not in the bundle: ${why}`,
      error instanceof Fault ? error.hint : undefined,
    );
  }
}

async function save(world: World, place: BundlePlace, file: PlannedFile, content: Uint8Array): Promise<void> {
  const [key] = fileKeys(file.source);
  if (key === undefined) return;
  const { editBundle } = await import('./edit.ts');
  await editBundle(world, place, undefined, (bundle) => bundle.put(key, content));
}

/** A program that crashes while it writes leaves an empty file: that is not what its user wants to keep. */
function sayEmptied(world: World, file: PlannedFile): void {
  const [key = 'KEY'] = fileKeys(file.source);
  say(
    world,
    `${whereOf(file)} is empty now, and ${key} keeps its former value`,
    `pqx set ${key} --exact < /dev/null   empties it`,
  );
}

function sayLost(world: World, file: PlannedFile, replaced: boolean): void {
  const where = whereOf(file);
  if (!replaced) {
    say(
      world,
      `${where} was changed, and the change is lost`,
      'content: { key: … } with save: true   keeps changes',
    );
    return;
  }
  const [key = 'KEY'] = fileKeys(file.source);
  say(
    world,
    `${where} is a regular file now, plaintext on the disk that the program wrote`,
    `pqx set ${key} --exact < ${shellWord(where)} && rm ${shellWord(where)}   moves it into the bundle`,
  );
}

function say(world: World, what: string, hint: string | undefined): void {
  world.stderr.write(noticeText(what, hint));
}

function contentAt(path: string): Uint8Array | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  if (stat.size > SAVE_LIMIT) throw new Fault('input', `it is larger than ${SAVE_LIMIT} bytes`);
  return readFileSync(path);
}

function hashOf(content: Uint8Array): Uint8Array {
  return sha3_256(content);
}

function linkOf({ link, path }: PlannedFile): readonly Link[] {
  return link === undefined ? [] : [{ link, path }];
}

function keyOf(files: readonly PlannedFile[], { path }: Link): string | undefined {
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? undefined : fileKeys(file.source)[0];
}

function whereOf({ link, name }: PlannedFile): string {
  return link ?? name;
}
