/** What `help`, `--help` and a bare `pqx` print. */
export const USAGE = `pqx starts a program with exactly the secrets that its profile grants it.

  pqx [options] [--] COMMAND [ARGS…]       launch COMMAND under its profile
  pqx run [options] [--] COMMAND [ARGS…]   the same, for a COMMAND that is also a word of pqx's
  pqx WORD …                               the words below; pqx help WORD says more

Options of a launch (they end at COMMAND; everything behind it is the target's)
  -p, --profile NAME   this profile, whatever the command is
  --env VAR=KEY        grant the bundle key KEY as the variable VAR, for this launch
  --bundle FILE        this bundle
  --profiles FILE      this profile file alone
  --dry-run            print the plan and start nothing (as \`pqx explain\`)
  --reveal             hand out keys under a coding agent's marker
  --passthrough        start COMMAND without grants when no profile is for it
  -q, --quiet  -v, --verbose  -h, --help  -V, --version

Words
  demo       the whole thing in a throw-away directory
  init       config directory, identity, empty bundle and profile file, what is missing of them
  set        store one key, from a hidden prompt or standard input
  unset, rename, get
  gen        a random secret, shown or stored
  import     keys from a .env, JSON or YAML file
  pack       KEY=VALUE lines on standard input become the bundle
  list       names of the keys
  export     the keys as shell, dotenv, JSON or NUL-separated text
  verify     open everything and say what is there
  status     where things are, for people and programs
  recipients who can open the bundle: list, add, remove
  rotate     a new identity and a new data key; identity, rewrap, migrate, keygen
  unlock     the passphrase once for many launches; \`lock\` ends it
  profiles   list, check and add profiles
  explain    what a launch would do, and why
  shim       TOOL itself launches through pqx, from scripts and editors too
  alias      shell functions for every profile
  doctor     look at everything, and say what to mend
  trust      let the project file of this directory count; \`untrust\` takes it back
  gc         remove config files that dead launches left
  log        what was done with which keys
  completion the script with which bash, zsh or fish complete all this
  help, version
`;
