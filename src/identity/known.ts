/**
 * The pin (FORMAT, substitution). Anyone who has the public key can make a bundle that opens, and every older one is in
 * somebody's backup. So what was opened at a path is remembered in `known.json`, under a MAC that only the identity can
 * make. The first opening is not protected, nor is a config directory that is taken back to an earlier state as a whole.
 */
import { hexEncode } from '../crypto/encoding.ts';
import { hmacSha3_256, sha3_256 } from '../crypto/hash.ts';
import { hkdfSha3_256 } from '../crypto/kdf.ts';
import type { PrivateKey } from '../crypto/kem.ts';
import { concatBytes, equalBytes, utf8, wipe } from '../crypto/wipe.ts';
import { type KnownBundle, pathBytes } from '../store/known-file.ts';

/** What a v2 bundle is known by; a BundleV2 is one. */
export interface Seen {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly revision: number;
  /** Sorted. */
  readonly names: readonly string[];
}

/** What known.json says of a bundle that was just opened. */
export type Verdict =
  /** Nothing: this identity never opened a v2 bundle at this path. */
  | { readonly kind: 'first' }
  /** As expected; `settled` when there is nothing to be written down. */
  | { readonly kind: 'same'; readonly settled: boolean }
  /** An earlier state of the same bundle. */
  | { readonly kind: 'older'; readonly pin: KnownBundle }
  /** Another bundle. */
  | { readonly kind: 'exchanged'; readonly pin: KnownBundle }
  /** Somebody without the identity wrote or changed what stands there. */
  | { readonly kind: 'forged' };

/** Names that take more are not kept, in characters: they are only for `verify --accept`, and every launch reads them. */
const NAMES_LIMIT = 256 * 1024;

const LABEL = 'pqx:v2:known';

/** The key of the MAC, 32 bytes, to be wiped, and what an entry of this identity is found by. */
interface PinKey {
  readonly bytes: Uint8Array;
  readonly identity: string;
}

/**
 * Judges the bundle that stands at `path` (real). `seen` is undefined for one of version 1, which has nothing to be known
 * by: it is expected only where no other was.
 */
export function judge(
  known: readonly KnownBundle[],
  key: PrivateKey,
  path: string,
  seen: Seen | undefined,
): Verdict {
  const candidates: KnownBundle[] = [];
  for (const pin of known) if (pin.path === path) candidates.push(pin);
  if (candidates.length === 0) return { kind: 'first' };
  return withPinKey(key, (pinKey) => {
    let own = 0;
    let newest: KnownBundle | undefined;
    let same: KnownBundle | undefined;
    for (const pin of candidates) {
      if (pin.identity !== pinKey.identity) continue;
      own += 1;
      if (!equalBytes(pin.mac, macOf(pinKey, pin))) return { kind: 'forged' };
      newest = pin;
      if (seen !== undefined && isOf(pin, seen)) same ??= pin;
    }
    if (newest === undefined) return { kind: 'first' };
    if (seen === undefined || same === undefined) return { kind: 'exchanged', pin: newest };
    if (seen.revision < same.revision) return { kind: 'older', pin: same };
    // While a word replaces the bundle, the former one may still be met: that must not take the newest away.
    const settled = same !== newest || (seen.revision === same.revision && own === 1);
    return { kind: 'same', settled };
  });
}

/**
 * `known` once `seen` is what stands at `path`, or what has no pin (undefined): this identity's other entries for the
 * path are gone. Undefined when nothing changes.
 */
export function settled(
  known: readonly KnownBundle[],
  key: PrivateKey,
  path: string,
  seen: Seen | undefined,
): readonly KnownBundle[] | undefined {
  return withPinKey(key, (pinKey) => {
    const others = known.filter((pin) => pin.path !== path || pin.identity !== pinKey.identity);
    if (seen !== undefined) return [...others, pinOf(pinKey, path, seen)];
    return others.length === known.length ? undefined : others;
  });
}

/**
 * `known` before a bundle with another data key is put at `path`: both are expected, so that a crash on either side of
 * the write leaves a bundle that opens. Undefined when `seen` is expected as things are, as where nothing is.
 */
export function announced(
  known: readonly KnownBundle[],
  key: PrivateKey,
  path: string,
  seen: Seen,
): readonly KnownBundle[] | undefined {
  return withPinKey(key, (pinKey) => {
    const own = known.filter((pin) => pin.path === path && pin.identity === pinKey.identity);
    if (own.length === 0 || own.some((pin) => isOf(pin, seen))) return undefined;
    return [...known, pinOf(pinKey, path, seen)];
  });
}

/** The names that `pin` remembers; undefined when it has none, or not those that its MAC stands for. */
export function namesOf(pin: KnownBundle): readonly string[] | undefined {
  if (pin.names === undefined || !equalBytes(sha3_256(utf8(pin.names)), pin.namesHash)) return undefined;
  return pin.names === '' ? [] : pin.names.split(' ');
}

function isOf(pin: KnownBundle, seen: Seen): boolean {
  return equalBytes(pin.id, seen.id) && equalBytes(pin.commitment, seen.commitment);
}

function pinOf(pinKey: PinKey, path: string, { id, commitment, revision, names }: Seen): KnownBundle {
  const joined = names.join(' ');
  const kept = joined.length <= NAMES_LIMIT;
  const namesHash = sha3_256(utf8(kept ? joined : ''));
  const pin = { path, identity: pinKey.identity, id, commitment, revision, namesHash };
  return { ...pin, names: kept ? joined : undefined, mac: macOf(pinKey, pin) };
}

function macOf(pinKey: PinKey, pin: Omit<KnownBundle, 'names' | 'mac'>): Uint8Array {
  const said = concatBytes(
    sha3_256(pathBytes(pin.path)),
    pin.id,
    pin.commitment,
    bigEndian(pin.revision),
    pin.namesHash,
  );
  return hmacSha3_256(pinKey.bytes, utf8(LABEL), Uint8Array.of(0), said);
}

/** The number in eight bytes, the highest first. */
function bigEndian(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  let rest = number;
  for (let at = 7; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = (rest - (rest % 256)) / 256;
  }
  return bytes;
}

function withPinKey<T>(key: PrivateKey, work: (pinKey: PinKey) => T): T {
  const bytes = hkdfSha3_256(key.bytes, new Uint8Array(), utf8(LABEL));
  try {
    return work({ bytes, identity: hexEncode(sha3_256(bytes)).slice(0, 16) });
  } finally {
    wipe(bytes);
  }
}
