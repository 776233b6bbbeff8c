/** The man page, made from the texts of `help`, so that both say the same: `npm run man` writes docs/pqx.1. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { helpOf } from '../commands/help.ts';
import { USAGE } from '../commands/usage.ts';
import { allWords } from '../words.ts';

const EXIT_STATUS = `A launch ends as its program ends: with its status, or by the signal that killed it. 125: nothing was started; 126: the
program was found and cannot be executed; 127: it was not found. Words: 0 done, 1 could not, 2 wrong usage.
`;

const ENVIRONMENT = `PQC_CONFIG_DIR   the config directory, in the place of ~/.config/pqc-secrets
PQX_BUNDLE       the bundle, as --bundle
PQX_PROFILES     the profile file, as --profiles
PQC_USE_KEYCHAIN true: the private key is looked for in the keychain first, then in the file store
PQC_KEYCHAIN_ACCOUNT   its account there, in the place of pqc-secrets-key
PQX_DEBUG        says where a failure came from, never a value
`;

const FILES = `~/.config/pqc-secrets/profiles.yaml         which program gets which keys
~/.config/pqc-secrets/secrets.bundle.json   the keys, encrypted
~/.config/pqc-secrets/audit.jsonl           what was done with which keys
.pqx.yaml                                   the project file of a repository, once it is trusted
`;

export function manPage(): string {
  const words = [...allWords()].sort().map((word) => `.Ss ${word}\n${literal(helpOf(word))}`);
  return [
    '.Dd $Mdocdate$',
    '.Dt PQX 1',
    '.Os',
    '.Sh NAME',
    '.Nm pqx',
    '.Nd start a program with exactly the secrets that its profile grants it',
    '.Sh DESCRIPTION',
    `${literal(USAGE)}.Sh WORDS`,
    `${words.join('')}.Sh ENVIRONMENT`,
    `${literal(ENVIRONMENT)}.Sh FILES`,
    `${literal(FILES)}.Sh EXIT STATUS`,
    literal(EXIT_STATUS),
  ].join('\n');
}

/** As it stands: in roff a backslash, and a dot or quote that starts a line, mean something. */
function literal(text: string): string {
  const lines = text.trimEnd().split('\n').map(escapeLine);
  return `.Bd -literal\n${lines.join('\n')}\n.Ed\n`;
}

function escapeLine(line: string): string {
  const escaped = line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...');
  return escaped.startsWith('.') ? `\\&${escaped}` : escaped;
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('../../docs/pqx.1', import.meta.url)), manPage());
}
