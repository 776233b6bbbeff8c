/** `help [WORD]`, `--help`, and the usage that a bare `pqx` prints. */
import type { Word } from '../cli.ts';

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
  -q, --quiet  -v, --verbose  -h, --help  -V, --version

Words
  demo       the whole thing in a throw-away directory
  keygen     a new identity
  pack       KEY=VALUE lines on standard input become the bundle
  list       names of the keys
  export     the keys as shell, dotenv, JSON or NUL-separated text
  verify     open everything and say what is there
  status     where things are, for people and programs
  profiles   list, check and add profiles
  explain    what a launch would do, and why
  doctor     look at everything, and say what to mend
  trust      let the project file of this directory count; \`untrust\` takes it back
  help, version
`;

const WORD_HELP: Readonly<Record<Word, string>> = {
  demo: `pqx demo

Makes an identity, a bundle with three made-up keys and a profile file in a throw-away directory, launches two programs
under their profiles, and removes everything. It prints each command before it runs it.
`,
  keygen: `pqx keygen [--alg ML-KEM-768|ML-KEM-1024] [--store file] [--force]
pqx keygen --stdout --pub FILE

Makes an identity (a private key and its public key) in the config directory. An identity that a bundle still needs is
not replaced; --force keeps the former one as a backup beside it. With --stdout the seed is printed as hex, the public
key is written to FILE, and nothing is stored.

  --alg ALG       ML-KEM-768 unless said
  --store STORE   file
  --force         replace the identity, and keep a backup of it
  --stdout        print the seed instead of storing it
  --pub FILE      where the public key goes, with --stdout
  --reveal        with --stdout: print it onto a terminal or into a file
`,
  pack: `pqx pack [--merge | --replace] [--bundle-format v1|v2]

Reads KEY=VALUE lines from standard input and makes them the bundle. Over a bundle with names that the input lacks, say
which you mean: --merge keeps them, --replace drops them. The former bundle is kept as a .bak beside it.

  pqx pack < keys.env
  printf 'ZENMUX_API_KEY=%s\\n' "$(your-password-manager get zenmux)" | pqx pack --merge
`,
  list: `pqx list [--json]

The names of the keys in the bundle, sorted, one a line. A name that holds control characters is shown escaped.
`,
  export: `pqx export [--shell sh|fish | --format dotenv|json|nul] [-p PROFILE] [--reveal]

The keys of the bundle as text that restores every value exactly:

  eval "$(pqx export)"
  pqx export --shell fish | source

With -p only the keys that PROFILE grants, under the names that it grants them. Onto a terminal, into a file and under a
coding agent's marker only with --reveal. Prefer a launch: \`pqx COMMAND\` hands a program its own keys and no others.
`,
  verify: `pqx verify [--accept]

Opens everything in the bundle, and prints \`Bundle valid: N keys\` and the names.

Anyone who has the public key can make a bundle that opens. So the first opening of a v2 bundle is remembered, and
another bundle at its path is refused from then on; of an older revision a line says so. --accept shows what was there
before, what is there now and which names changed, and takes it.
`,
  status: `pqx status [--json]

Where the config directory, the identity, the bundle and the profiles are and what state they are in. Never fails, never
asks.
`,
  explain: `pqx explain [-p NAME] [--env VAR=KEY] [--open] [--json] [--] COMMAND [ARGS…]

What a launch would do, and why: the profile, the program, each variable and where it comes from, what is withheld. No
value is decrypted. The names in a v1 bundle are encrypted: --open opens it to know them. Status 0 when the launch would
start, else 1.
`,
  profiles: `pqx profiles [list | check [FILE] | schema]
pqx profiles add TOOL [--env VAR=KEY …]

Lists the profiles; checks a profile file; prints its JSON Schema; or adds the built-in profile of a known tool, or a
plain one, to the profile file and keeps every other byte of it.

  pqx profiles add claude
  pqx profiles add mytool --env MYTOOL_TOKEN=MY_KEY
`,
  doctor: `pqx doctor [--json]

Looks at the config directory, the bundle, the profiles, the shims and the container engine, and says what to mend. Decrypts
nothing. Status 1 when something is unsafe or does not work.
`,
  trust: `pqx trust [FILE] [--yes]

Shows all that the project file of this directory changes (profiles, keys, values, arguments, bundle), or what is
different in one that has changed, and asks. Until then it grants nothing. Trust is for this file and its content; a
change asks again. --yes does not ask.
`,
  untrust: `pqx untrust [FILE]

Takes back what \`pqx trust\` gave, also for a file that is gone.
`,
  help: `pqx help [WORD]
`,
  version: `pqx version
`,
};

export function helpOf(word: Word): string {
  return WORD_HELP[word];
}
