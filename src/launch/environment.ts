/**
 * The target's environment: what the plan lets through of the caller's, byte for byte and in its order, and what the
 * launch sets. Pure.
 */
import { Fault } from '../fault.ts';
import { bytesOfText } from '../platform/bytes.ts';
import type { Grant, LaunchPlan } from '../profile/types.ts';
import { renderTemplate } from './template.ts';

/** Variables of pqx's own that the target sees. */
export const PROFILE_VARIABLE = 'PQX_PROFILE';
/** The granted names, joined by commas: an inner launch drops them. */
export const GRANTED_VARIABLE = 'PQX_GRANTED';

/**
 * The entries, `NAME=value` without a NUL, as execve(2) takes them. A granted variable takes the place of the first
 * inherited one of its name, further ones of that name are dropped, and what had no place comes last.
 * `opened` holds the values (UTF-8 bytes) of the keys that the plan opens; a key that it lacks is a Fault `launch`.
 * The entries hold secrets: they are for execve and to be wiped when it fails.
 */
export function targetEnvironment(
  plan: LaunchPlan,
  opened: ReadonlyMap<string, Uint8Array>,
): readonly Uint8Array[] {
  const set = new Map<string, Uint8Array>();
  for (const grant of plan.grants)
    set.set(grant.variable, entry(grant.variable, grantedValue(grant, opened)));
  if (plan.profile !== undefined) set.set(PROFILE_VARIABLE, textEntry(PROFILE_VARIABLE, plan.profile.name));
  let granted = '';
  for (const { source, variable } of plan.grants)
    if (source.kind !== 'value') granted += granted === '' ? variable : `,${variable}`;
  set.set(GRANTED_VARIABLE, textEntry(GRANTED_VARIABLE, granted));

  const environment: Uint8Array[] = [];
  const placed = new Set<string>();
  for (const inherited of plan.inherited) {
    const name = nameOf(inherited);
    const replacement = name === undefined ? undefined : set.get(name);
    if (name === undefined || replacement === undefined) environment.push(bytesOfText(inherited));
    else if (!placed.has(name)) environment.push(replacement);
    if (name !== undefined && replacement !== undefined) placed.add(name);
  }
  for (const [name, bytes] of set) if (!placed.has(name)) environment.push(bytes);
  return environment;
}

/** The name of an entry; undefined for one without `=`, which names nothing. */
function nameOf(text: string): string | undefined {
  const equals = text.indexOf('=');
  return equals < 0 ? undefined : text.slice(0, equals);
}

/** The value of one grant, UTF-8 bytes; `opened` as for `targetEnvironment`. */
export function grantedValue(grant: Grant, opened: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const { source } = grant;
  switch (source.kind) {
    case 'key':
      return valueOfKey(source.key, opened);
    case 'value':
      return bytesOfText(source.value);
    case 'file':
      return bytesOfText(source.path);
    case 'template':
      return renderTemplate(source.template, (key) => valueOfKey(key, opened));
  }
}

function valueOfKey(key: string, opened: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const value = opened.get(key);
  if (value === undefined) throw new Fault('launch', `the key ${key} was not opened`, { hint: 'pqx verify' });
  return value;
}

function textEntry(name: string, value: string): Uint8Array {
  return entry(name, bytesOfText(value));
}

function entry(name: string, value: Uint8Array): Uint8Array {
  const prefix = bytesOfText(`${name}=`);
  const bytes = new Uint8Array(prefix.length + value.length);
  bytes.set(prefix);
  bytes.set(value, prefix.length);
  return bytes;
}
