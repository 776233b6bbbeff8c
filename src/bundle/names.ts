/** Names and values that a bundle may hold (FORMAT, names and values), and names that a glob never grants. */
import { Fault } from '../fault.ts';

/** The longest value, in bytes. */
export const VALUE_LIMIT = 1024 * 1024;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** Whether `name` is `[A-Za-z_][A-Za-z0-9_]*` of at most 256 bytes. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

const STEERING = new Set([
  // where programs, libraries and shells are found, and what shells run or how they split
  'PATH',
  'ENV',
  'IFS',
  'BASH_ENV',
  'BASHOPTS',
  'SHELLOPTS',
  'PROMPT_COMMAND',
  'PS4',
  'CDPATH',
  'GLOBIGNORE',
  'ZDOTDIR',
  'FPATH',
  'HOME',
  'SHELL',
  // what runtimes load before the program
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_EXTRA_CA_CERTS',
  'NODE_REPL_EXTERNAL_MODULE',
  'DENO_DIR',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PYTHONHOME',
  'PYTHONUSERBASE',
  'PYTHONBREAKPOINT',
  'PYTHONINSPECT',
  'PYTHONWARNINGS',
  'PYTHONPLATLIBDIR',
  'PYTHONEXECUTABLE',
  'RUBYOPT',
  'RUBYLIB',
  'RUBYSHELL',
  'GEM_HOME',
  'GEM_PATH',
  'BUNDLE_GEMFILE',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  '_JAVA_OPTIONS',
  'CLASSPATH',
  'MAVEN_OPTS',
  'GRADLE_OPTS',
  'PHPRC',
  'PHP_INI_SCAN_DIR',
  'LUA_INIT',
  'LUA_PATH',
  'LUA_CPATH',
  'R_PROFILE',
  'R_PROFILE_USER',
  'R_ENVIRON',
  'R_ENVIRON_USER',
  'JULIA_LOAD_PATH',
  'ERL_AFLAGS',
  'ERL_ZFLAGS',
  'ERL_FLAGS',
  'GUILE_LOAD_PATH',
  'DOTNET_STARTUP_HOOKS',
  'COR_PROFILER',
  'COR_ENABLE_PROFILING',
  'CORECLR_PROFILER',
  'CORECLR_ENABLE_PROFILING',
  'TCLLIBPATH',
  // what libraries load, and whom they trust
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'OPENSSL_ENGINES',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SSLKEYLOGFILE',
  'CURL_HOME',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'WGETRC',
  'GCONV_PATH',
  'GETCONF_DIR',
  'HOSTALIASES',
  'LOCPATH',
  'LOCALDOMAIN',
  'MALLOC_TRACE',
  'NLSPATH',
  'NIS_PATH',
  'RESOLV_HOST_CONF',
  'RES_OPTIONS',
  'TERMINFO',
  'TERMINFO_DIRS',
  'TERMCAP',
  'TZDIR',
  'GIO_EXTRA_MODULES',
  'GTK_MODULES',
  'GTK_PATH',
  'QT_PLUGIN_PATH',
  'XLOCALEDIR',
  // programs that other programs start
  'EDITOR',
  'VISUAL',
  'PAGER',
  'MANPAGER',
  'BROWSER',
  'LESSOPEN',
  'LESSCLOSE',
  'SUDO_ASKPASS',
  'SSH_ASKPASS',
  'SUDO_EDITOR',
  'DISPLAY',
  'MAKEFLAGS',
  'MAKEFILES',
  'CC',
  'CXX',
  'RUSTC',
  'RUSTC_WRAPPER',
  'RUSTFLAGS',
  'CARGO_HOME',
  'GOFLAGS',
  'PIP_CONFIG_FILE',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
]);
const STEERING_PREFIXES = [
  'LD_',
  'DYLD_',
  '_RLD',
  'BUN_',
  'PERL5',
  'GIT_',
  'NPM_CONFIG_',
  'npm_config_',
  'PQX_',
  'PQC_',
  'GLIBC_',
  'BASH_FUNC_',
  'MALLOC_',
  'DENO_',
  'RUST_',
];

/**
 * Whether a variable of this name steers loaders, shells, runtimes or what programs start. No glob grants it and no
 * `export` prints it: only a profile that names it under `env` does (PROFILES, keys).
 */
export function steers(name: string): boolean {
  return STEERING.has(name) || STEERING_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/**
 * Throws a Fault `input` naming the secret when `value` may not be stored: longer than 1 MiB, a NUL, or not well-formed
 * UTF-8. `place` is put in front of the message.
 */
export function checkValue(name: string, value: Uint8Array): void {
  const what = wrongWith(value);
  if (what !== undefined)
    throw new Fault('input', `the value of ${name} ${what}`, {
      hint: 'values are text; base64 makes text of any file',
    });
}

function wrongWith(value: Uint8Array): string | undefined {
  if (value.length > VALUE_LIMIT) return `is longer than ${VALUE_LIMIT} bytes`;
  if (value.includes(0)) return 'holds a NUL';
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    return undefined;
  } catch {
    return 'is not UTF-8';
  }
}
