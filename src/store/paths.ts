import { Fault } from '../fault.ts';

/** The files of the config directory (FORMAT, files). */
export const RECIPIENT_FILE = 'recipient.pub';
export const BUNDLE_FILE = 'secrets.bundle.json';
export const PRIVATE_KEY_FILE = 'private.key.enc';
export const MACHINE_KEK_FILE = 'machine.kek';
export const PROFILES_FILE = 'profiles.yaml';
export const KNOWN_FILE = 'known.json';
export const KEYCHAIN_FILE = 'keychain.json';

/**
 * The config directory, absolute: PQC_CONFIG_DIR, else `~/.config/pqc-secrets`. A Fault `store` when PQC_CONFIG_DIR is
 * relative or there is no home.
 */
export function configDir(env: (name: string) => string | undefined): string {
  const named = env('PQC_CONFIG_DIR') ?? '';
  if (named !== '') {
    if (named.startsWith('/')) return withoutEnd(named) || '/';
    throw new Fault('store', `PQC_CONFIG_DIR is not an absolute path: ${named}`, {
      hint: 'export PQC_CONFIG_DIR="$HOME/.config/pqc-secrets"',
    });
  }
  const home = env('HOME') ?? '';
  if (home.startsWith('/')) return `${withoutEnd(home)}/.config/pqc-secrets`;
  throw new Fault('store', 'there is no home directory: HOME is not set to an absolute path', {
    hint: 'export PQC_CONFIG_DIR=/path/to/a/private/directory',
  });
}

/** The path without the slashes at its end: nothing of the root directory. */
export function withoutEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The directory that a path's last part stands in. `node:path` is left alone on the way to a launch. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return '.';
  return slash === 0 ? '/' : path.slice(0, slash);
}

/** `path` itself when it is absolute, else below `base`. */
export function absoluteIn(base: string, path: string): string {
  if (path.startsWith('/')) return path;
  return `${base}/${path.replace(/^(?:\.\/+)+/, '')}`;
}
