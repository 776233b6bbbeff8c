/**
 * `known.json`: the v2 bundles that were opened here (FORMAT, known bundles). Only its form is known here; which entry
 * says what of a bundle, and that nobody else wrote it, is told by identity/known.ts. Read on the way to a launch.
 */
import { base64Decode, hexDecode } from '../crypto/encoding.ts';
import { Fault } from '../fault.ts';
import { isObject, type Json, parseJsonBytes } from '../json.ts';
import { bytesOfText } from '../platform/bytes.ts';
import { shellWord } from '../quote.ts';
import { KNOWN_FILE } from './paths.ts';
import { readIfThere } from './read.ts';

/** The largest file, in bytes: some ten thousand bundles. */
const KNOWN_LIMIT = 4 * 1024 * 1024;
const KNOWN_LIMITS = { depth: 16, containers: 20_000, items: 200_000 };

/** One bundle as one identity saw it. An identity may have several for a path: identity/known.ts says when. */
export interface KnownBundle {
  /** Real path of the bundle, as a byte text. */
  readonly path: string;
  /** 16 hex digits that name the identity. */
  readonly identity: string;
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  /** The highest revision that was seen. */
  readonly revision: number;
  /** The names in it, sorted, with one space between; undefined when they were too many to be kept. */
  readonly names: string | undefined;
  /** SHA3-256 of `names` (of nothing when undefined), 32 bytes. */
  readonly namesHash: Uint8Array;
  /** Over all of this but `names`, 32 bytes. */
  readonly mac: Uint8Array;
}

export function knownPath(directory: string): string {
  return `${directory}/${KNOWN_FILE}`;
}

/**
 * What is known, in the order of the file; nothing when there is no file. Faults: `unsafe` when others could write it,
 * `store` when it cannot be read or is not of its form.
 */
export function readKnown(directory: string): readonly KnownBundle[] {
  const path = knownPath(directory);
  const bytes = readIfThere(path, 'trusted', KNOWN_LIMIT);
  if (bytes === undefined) return [];
  const known = parse(bytes);
  if (known !== undefined) return known;
  throw new Fault('store', `${path} is damaged: it is not what pqx writes there`, {
    hint: `mv ${shellWord(path)} ${shellWord(`${path}.broken`)}   forgets which bundles were opened here`,
  });
}

/** The bytes of a path, for hashing. */
export function pathBytes(path: string): Uint8Array {
  return bytesOfText(path);
}

function parse(bytes: Uint8Array): readonly KnownBundle[] | undefined {
  const parsed = parseJsonBytes(bytes, KNOWN_LIMITS);
  if ('wrong' in parsed || !isObject(parsed.value)) return undefined;
  const { version, bundles } = parsed.value;
  if (version !== 1 || !Array.isArray(bundles)) return undefined;
  const known: KnownBundle[] = [];
  for (const entry of bundles) {
    const bundle = isObject(entry) ? knownBundleOf(entry) : undefined;
    if (bundle === undefined) return undefined;
    known.push(bundle);
  }
  return known;
}

function knownBundleOf(entry: Json): KnownBundle | undefined {
  const { path, identity, revision, names } = entry;
  const id = hexDecode(textOf(entry['bundle_id']));
  const commitment = base64Decode(textOf(entry['dek_commitment_b64']));
  const namesHash = hexDecode(textOf(entry['names_sha3_256']));
  const mac = base64Decode(textOf(entry['mac_b64']));
  if (
    typeof path !== 'string' ||
    typeof identity !== 'string' ||
    id?.length !== 16 ||
    commitment?.length !== 32 ||
    typeof revision !== 'number' ||
    !Number.isSafeInteger(revision) ||
    revision < 1 ||
    (names !== undefined && typeof names !== 'string') ||
    namesHash?.length !== 32 ||
    mac?.length !== 32
  ) {
    return undefined;
  }
  return { path, identity, id, commitment, revision, names, namesHash, mac };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
