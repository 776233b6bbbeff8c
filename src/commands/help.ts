/** What `help WORD` and `WORD --help` print, and the man page is made of. */
import type { Word } from '../words.ts';

const WORD_HELP: Readonly<Record<Word, string>> = {
  demo: `pqx demo

Makes an identity, a bundle with three made-up keys and a profile file in a throw-away directory, launches two programs
under their profiles, and removes everything. It prints each command before it runs it.

  pqx demo
`,
  init: `pqx init [--label LABEL]

Makes what is missing of: the config directory, an identity, an empty bundle, a commented profile file. What is there stays
as it is. On a terminal it asks for the label by which a team knows this machine; elsewhere it is the machine's name.

  pqx init --label laptop
`,
  set: `pqx set NAME [--exact]

Stores one value: from a prompt that does not show it, or else from standard input. Of a value of one line the line end is
dropped; a value of several lines, such as a PEM key, is kept as it is; --exact keeps every byte. A value on the command line
is refused, since arguments show in the list of processes and in the history of the shell.

  pqx set ZENMUX_API_KEY
  pqx set DEPLOY_KEY < ~/.ssh/deploy
  your-password-manager get zenmux | pqx set ZENMUX_API_KEY
`,
  unset: `pqx unset NAME…

Removes keys from the bundle: all of them, or none when one is not there. The former bundle is kept as .bak.

  pqx unset OLD_KEY OLDER_KEY
`,
  rename: `pqx rename OLD NEW

Gives a key another name, which no other key may have. Profiles that name it are not changed.

  pqx rename OLD_KEY NEW_KEY
`,
  get: `pqx get NAME [--reveal]

The bare value on standard output, without a newline. Onto a terminal, into a file and under a coding agent's marker only
with --reveal. Prefer a launch: \`pqx COMMAND\` hands a program its own keys and shows them to nobody.

  pqx get ZENMUX_API_KEY | head -c 4
`,
  import: `pqx import FILE [--from dotenv|json|yaml]

Adds the keys of a plaintext file to the bundle, or changes those that are there: KEY=VALUE lines as \`pack\` reads them, or a
JSON or YAML map of names to texts. The form follows from the file's name unless --from says it. The names are shown, and
what to do about the file, which stays as it is.

  pqx import .env
`,
  recipients: `pqx recipients [list] [--json]
pqx recipients add FILE --label LABEL
pqx recipients remove LABEL

Who can open the bundle (format v2). FILE is the recipient.pub of the one added, who can then open every key. Removing
makes a new data key and encrypts everything anew, so the one removed opens nothing that is written from then on; it
lists the keys to change at their providers, since what was seen stays seen.

  pqx recipients
  pqx recipients add colleague.pub --label second-laptop
  pqx recipients remove second-laptop
`,
  rewrap: `pqx rewrap --new-pub FILE --out FILE [--label LABEL]

The bundle under another public key, for that one recipient, in another file. No value is decrypted for it. It revokes
nobody: the data key stays the same.

  pqx rewrap --new-pub colleague.pub --out for-colleague.json
`,
  rotate: `pqx rotate
pqx rotate --purge

Makes a new identity and a new data key and encrypts everything anew. The former identity is kept beside the new one, and
a bundle that is still for it opens; \`rotate\` on such a bundle encrypts it for the present identity. --purge removes the
former identities, once the bundle opens without them, and a .bak that only they can open. Other recipients stay.

  pqx rotate
  pqx rotate --purge
`,
  migrate: `pqx migrate [--bundle-format v1|v2] [--label LABEL]

Brings what older engines left to what is written today. A single-envelope bundle is rewritten, as v1 unless v2 is said;
\`--bundle-format v2\` upgrades a v1 bundle. An identity in the expanded form is noted. No plaintext leaves the process.

Where the keychain is used, an identity under the older account (PQC_KEYCHAIN_ACCOUNT_OLD, else default) is copied to
today's (PQC_KEYCHAIN_ACCOUNT_NEW, else PQC_KEYCHAIN_ACCOUNT, else pqc-secrets-key), unless one is there, and base64 becomes
hex. The older entry stays, for engines that still read it.

  pqx migrate --bundle-format v2
`,
  gen: `pqx gen [--bits N] [--format base64url|hex] [--set NAME]

A random secret of 256 bits unless said, on standard output. --set stores it as NAME instead and shows it to nobody.

  pqx gen --bits 512 --format hex
  pqx gen --set SESSION_SECRET
`,
  keygen: `pqx keygen [--alg ML-KEM-768|ML-KEM-1024] [--store file|passphrase|keychain] [--force]
pqx keygen --stdout --pub FILE

Makes an identity (a private key and its public key) in the config directory. An identity that a bundle still needs is
not replaced (\`pqx rotate\` is the way); --force does, and keeps the former one as a backup beside it: also one that opens no
more, because machine.kek or the passphrase is lost. With --stdout the seed is printed as hex, the public key is written to
FILE, and nothing is stored.

  --alg ALG       ML-KEM-768 unless said
  --store STORE   file; passphrase, which is asked for twice, or comes by PQX_PASSPHRASE_FILE or PQX_PASSPHRASE_FD; or
                  keychain: see \`pqx help identity\`. Unless said, where the former one is
  --force         replace the identity, and keep a backup of it
  --stdout        print the seed instead of storing it
  --pub FILE      where the public key goes, with --stdout
  --reveal        with --stdout: print it onto a terminal or into a file

  pqx keygen --force
  pqx keygen --stdout --pub ci.pub | cat
`,
  identity: `pqx identity [--to file|passphrase|keychain]

Says where the private key is. With --to it is moved, and stays the same key: under a passphrase, into the file store
(encrypted under machine.kek beside it), or into the keychain of the system. --to passphrase on one that is under a
passphrase changes that. The former place is given up once the new one gives the key back; a move that was cut short is
completed by the same word.

The passphrase is asked for on the terminal, hidden; or it is in the file that PQX_PASSPHRASE_FILE names, which others may
not read, or comes on the descriptor that PQX_PASSPHRASE_FD names. One final line end is not part of it.

The keychain is the Secret Service of the session (GNOME Keyring, KWallet, KeePassXC), or the Keychain of macOS. The key is its
entry of service pqc-secrets and account pqc-secrets-key, unless PQC_KEYCHAIN_ACCOUNT names another. That it is there is
recorded: no variable has to be set, and nothing else is used in its place. With PQC_USE_KEYCHAIN=true the keychain is
asked first without a record, as older engines do, and the file store is used where it has no entry, which is said.
New entries are made by secret-tool (Debian: libsecret-tools), which finds them too.

  --to STORE      passphrase, file or keychain

  pqx identity
`,
  unlock: `pqx unlock [--for TIME]

Asks for the passphrase of the identity once: until the time is over, or \`pqx lock\`, nothing asks for it but what changes the
identity. What opens the identity is in the keyring of the Linux kernel, for this user alone; every process of this user
can read it there. It is not there where there is no such keyring (macOS, most containers), nor for the Node build.

  --for TIME      from 1s to 24h: 90m, 8h (unless said)

  pqx unlock
  pqx unlock --for 90m
`,
  lock: `pqx lock

Takes back what \`pqx unlock\` did: launches ask for the passphrase again.

  pqx lock
`,
  pack: `pqx pack [--merge | --replace] [--bundle-format v1|v2]

Reads KEY=VALUE lines from standard input and makes them the bundle. Over a bundle with names that the input lacks, say
which you mean: --merge keeps them, --replace drops them. The former bundle is kept as a .bak beside it.

A new bundle is of format v2 unless said, one that is there keeps its format. \`pqc-secrets pack\` replaces, and begins
bundles of format v1, which the older engines read.

  pqx pack < keys.env
  printf 'ZENMUX_API_KEY=%s\\n' "$(your-password-manager get zenmux)" | pqx pack --merge
`,
  list: `pqx list [--json]

The names of the keys in the bundle, sorted, one a line. A name that holds control characters is shown escaped.

  pqx list --json
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

  pqx verify
`,
  status: `pqx status [--json]

Where the config directory, the identity, the bundle and the profiles are and what state they are in. Never fails, never
asks.

  pqx status --json
`,
  explain: `pqx explain [-p NAME] [--env VAR=KEY] [--open] [--json] [--] COMMAND [ARGS…]

What a launch would do, and why: the profile, the program, each variable and where it comes from, what is withheld. No
value is decrypted. The names in a v1 bundle are encrypted: --open opens it to know them. Status 0 when the launch would
start, as far as that is known without a value and without asking for a passphrase, else 1.

  pqx explain claude
  pqx explain --json -p claude -- claude --resume
`,
  profiles: `pqx profiles [list | check [FILE] | schema]
pqx profiles add TOOL [--env VAR=KEY …]

Lists the profiles; checks a profile file; prints its JSON Schema; or adds the built-in profile of a known tool, or a
plain one, to the profile file and keeps every other byte of it.

  pqx profiles
  pqx profiles check
  pqx profiles schema > profiles.schema.json
  pqx profiles add gh
  pqx profiles add mytool --env MYTOOL_TOKEN=MY_KEY
`,
  shim: `pqx shim add TOOL…
pqx shim remove TOOL…
pqx shim list [--json]

Puts a link named TOOL into the directory \`shims\` of the config directory. With that directory first in PATH, TOOL launches
the real one through its profile: from shells, scripts, editors and cron. A command line that no profile is for starts the
tool without grants.

  pqx shim add claude gh
  export PATH="$HOME/.config/pqc-secrets/shims:$PATH"
`,
  alias: `pqx alias bash|zsh|fish

Shell functions, one for each command that a profile names, for the start-up file of an interactive shell. Completion of
the command keeps working.

  eval "$(pqx alias bash)"          # ~/.bashrc; zsh likewise in ~/.zshrc
  pqx alias fish | source           # ~/.config/fish/config.fish
`,
  doctor: `pqx doctor [--json]

Looks at the config directory, the identity, the bundle, the profiles, the shims and the container engine, and says what to
mend. The bundle is opened where that needs no question (not under a passphrase, but for \`pqx unlock\` or PQX_PASSPHRASE_FILE),
and nothing of it is shown or kept. Status 1 when something is unsafe or does not work.

  pqx doctor
`,
  trust: `pqx trust [FILE] [--yes]

Shows all that the project file of this directory changes (profiles, keys, values, arguments, bundle), or what is
different in one that has changed, and asks. Until then it grants nothing. Trust is for this file and its content; a
change asks again. --yes does not ask.

  pqx trust --yes
`,
  untrust: `pqx untrust [FILE]

Takes back what \`pqx trust\` gave, also for a file that is gone.

  pqx untrust
`,
  gc: `pqx gc [--json]

Removes the config files of launches none of whose processes lives: what is left when the guard of a launch was killed
too. A launch with files does the same. Those of other pid namespaces, as of a container that shares /dev/shm, are left
alone.

  pqx gc
`,
  log: `pqx log [--key NAME] [--profile NAME] [--since 1h] [--json]

The audit log: each launch and each word that printed, changed or trusted something, with the names of its keys, the
program, the directory, and the marker of a coding agent. Never a value, never an argument. \`settings: { audit: off }\` in
profiles.yaml turns it off, \`required\` refuses what cannot be recorded.

  --since WHEN   how long ago (30m, 1h, 7d), or a time (2026-01-31)
  --json         one object a line

  pqx log --since 1h
  pqx log --key ZENMUX_API_KEY --json
`,
  completion: `pqx completion bash|zsh|fish

A script for the start-up file of the shell: words, options, names of profiles, names of keys (of a v2 bundle, without
opening it), and behind \`pqx TOOL\` the completion that TOOL has.

  eval "$(pqx completion bash)"     # ~/.bashrc; zsh likewise in ~/.zshrc
  pqx completion fish | source      # ~/.config/fish/config.fish
`,
  help: `pqx help [WORD]

  pqx help profiles
`,
  version: `pqx version

  pqx version
`,
};

export function helpOf(word: Word): string {
  return WORD_HELP[word];
}
