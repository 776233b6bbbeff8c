/** What of the caller's environment the target still sees (PROFILES, inherit). Entries are `NAME=value` byte texts. */
import { isListed } from '../listed.ts';
import { listMatcher, type Matcher } from './glob.ts';
import type { Inherit, Withheld } from './types.ts';

/**
 * These lists are closed (PROFILES): the last words, after `_` or alone, and the whole names that look like a credential,
 * in any case. Compared as texts: a launch asks this of every variable, and cold regular expressions are slow.
 */
const LAST_WORDS =
  'TOKEN PASSWORD PASSWD PASSPHRASE SECRET SECRET_KEY API_KEY APIKEY PRIVATE_KEY ACCESS_KEY ACCESS_KEY_ID CREDENTIALS PAT';
const WHOLE_NAMES = 'PGPASSWORD MYSQL_PWD SSHPASS REDISCLI_AUTH';
/** Paths of files, not credentials. */
const NO_CREDENTIALS = 'GOOGLE_APPLICATION_CREDENTIALS AWS_SHARED_CREDENTIALS_FILE';

/** The variable in which an outer launch says what it granted, names joined by commas. */
export const GRANTED = 'PQX_GRANTED';

export interface PolicyInput {
  readonly environ: readonly string[];
  readonly inherit: Inherit;
  /** Whether the bundle holds a name. */
  readonly holds: (name: string) => boolean;
  /** Variables that any profile fills from a key or a template. */
  readonly filled: ReadonlySet<string>;
}

export interface PolicyResult {
  /** In the caller's order. */
  readonly kept: readonly string[];
  /** Each name once. */
  readonly withheld: readonly { readonly name: string; readonly why: Withheld }[];
}

export function looksLikeCredential(name: string): boolean {
  const upper = name.toUpperCase();
  if (isListed(WHOLE_NAMES, upper)) return true;
  for (let at = upper.lastIndexOf('_'); ; at = at > 0 ? upper.lastIndexOf('_', at - 1) : -1) {
    if (isListed(LAST_WORDS, upper.slice(at + 1))) return !isListed(NO_CREDENTIALS, upper);
    if (at < 0) return false;
  }
}

/** Applies the policy. An entry without `=` has no name; it is kept by `safe` and `all`. */
export function applyPolicy(input: PolicyInput): PolicyResult {
  const decide = decider(input);
  const kept: string[] = [];
  const reasons = new Map<string, Withheld>();
  for (const entry of input.environ) {
    const name = nameOf(entry);
    const why = decide(name);
    if (why === undefined) kept.push(entry);
    else reasons.set(name, why);
  }
  const withheld: { readonly name: string; readonly why: Withheld }[] = [];
  for (const [name, why] of reasons) withheld.push({ name, why });
  return { kept, withheld };
}

/** The name of an entry; the whole of one without `=`. */
export function nameOf(entry: string): string {
  // A leading = belongs to the name: such entries exist, and no name is empty.
  const equals = entry.indexOf('=', 1);
  return equals < 0 ? entry : entry.slice(0, equals);
}

function decider({ environ, inherit, holds, filled }: PolicyInput): (name: string) => Withheld | undefined {
  const outer = new Set<string>();
  for (const entry of environ) {
    if (!entry.startsWith(`${GRANTED}=`)) continue;
    for (const name of entry.slice(GRANTED.length + 1).split(',')) outer.add(name);
  }
  const listed = typeof inherit === 'string' ? undefined : listMatcher(inherit, 'name');
  const named = typeof inherit === 'string' ? new Set<string>() : new Set(inherit);
  return (name) => {
    // What opens the private key is never handed on; of the rest only what is named.
    if (name.startsWith('PQX_IDENTITY') || name.startsWith('PQX_PASSPHRASE')) return "pqx's own";
    if ((name.startsWith('PQX_') || name.startsWith('PQC_')) && !named.has(name)) return "pqx's own";
    if (outer.has(name)) return 'granted by an outer launch';
    return byPolicy(name, inherit, listed, holds, filled);
  };
}

function byPolicy(
  name: string,
  inherit: Inherit,
  listed: Matcher | undefined,
  holds: PolicyInput['holds'],
  filled: ReadonlySet<string>,
): Withheld | undefined {
  if (listed !== undefined) return listed(name) ? undefined : 'not inherited';
  if (inherit === 'all') return undefined;
  if (inherit === 'minimal') return isMinimal(name) ? undefined : 'not inherited';
  if (holds(name)) return 'held by the bundle';
  if (filled.has(name)) return 'filled by a profile';
  return looksLikeCredential(name) ? 'looks like a credential' : undefined;
}

function isMinimal(name: string): boolean {
  return /^(?:PATH|HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|PWD|XDG_.*|DISPLAY|WAYLAND_DISPLAY|SSH_AUTH_SOCK|DBUS_SESSION_BUS_ADDRESS|NO_COLOR|FORCE_COLOR|CI|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|HTTP_PROXY|HTTPS_PROXY|NO_PROXY|ALL_PROXY|http_proxy|https_proxy|no_proxy|all_proxy)$/s.test(
    name,
  );
}
