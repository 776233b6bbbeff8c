/** docs/FIDELITY.md is made of the rows that the tests beside this one run: `vitest -u` writes it anew. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/programs.ts';
import { prepareUser, type Row, type Section, WAY_NAMES, type Way } from './compare.ts';
import { ARGUMENTS } from './rows/arguments.ts';
import { DESCRIPTORS } from './rows/descriptors.ts';
import { ENVIRONMENT } from './rows/environment.ts';
import { LIMITS } from './rows/limits.ts';
import { PROCESS } from './rows/process.ts';
import { SIGNALS } from './rows/signals.ts';
import { STARTING } from './rows/starting.ts';
import { STATUS } from './rows/status.ts';
import { STREAMS } from './rows/streams.ts';
import { TERMINAL } from './rows/terminal.ts';

prepareUser();

const SECTIONS: readonly Pick<Section, 'title' | 'rows'>[] = [
  ARGUMENTS,
  ENVIRONMENT,
  STREAMS,
  DESCRIPTORS,
  SIGNALS,
  LIMITS,
  PROCESS,
  STARTING,
  STATUS,
  { title: 'On a terminal', rows: TERMINAL.map(({ name }): Row => ({ name, command: [] })) },
];

const HEAD = `# The target cannot tell

A program that pqx starts finds what it would find when it is started directly, but for what the profile changes. Each
cell below is a test (\`test/fidelity/\`): a program of the system's own records what it finds, directly and through pqx,
and the two are compared byte for byte. This page is made of those tests' own table, and a test fails when it is not.

There are four ways of starting. **exec**: pqx becomes the target, and nobody stands between. **supervise**: the target
is a child and pqx waits for it, for \`mask\`, files with \`at\` or \`save\`, and a \`stdin\` longer than a pipe holds
(65,536 bytes). The **Node build** does both with what Node offers, and waits where Node's own exec would lose an
inherited descriptor. \`pqx explain COMMAND\` says which way it would be, and why. The supervised columns were recorded
with \`mask\`.

✓ as without pqx; a number: what happens instead, said [below](#what-is-lost) and tested as well.
`;

const UNKNOWN = `## What cannot be known or kept

- A caller that itself ignores SIGPIPE or SIGXFSZ: both runtimes ignore them too, so the target gets the default.
- A soft limit of open files that was lowered in the very process that then execs pqx: the runtime raises it, and pqx
  gives back its parent's.
- A signal that arrives in the milliseconds before pqx has become or started the target acts on pqx as its default has it;
  once a supervising pqx listens, it is kept for the target.
- Supervise: a signal that is sent to the whole process group arrives twice, from the sender and from pqx. INT, QUIT, WINCH
  and TSTP are the exception, where pqx's group is the terminal's foreground group; so an INT sent to such a pqx alone is
  taken for the terminal's, which the target has got already, and does not reach it.
- Supervise: SIGKILL and SIGSTOP sent to pqx alone reach pqx alone. The target goes on.
- \`mask\`: pqx ends when the target ends. What the target left running in the background has lost its reader then.
- The Node build: what a supervised target was stopped by is seen as SIGSTOP; a soft limit of open files is given back only
  where util-linux (\`prlimit\`) is installed.
`;

test('docs/FIDELITY.md is what the tables say', async () => {
  const losses = [...new Set(SECTIONS.flatMap(({ rows }) => rows.flatMap(lossesOf)))];
  const text = [
    HEAD,
    ...SECTIONS.map((section) => sectionText(section, losses)),
    `## What is lost\n\n${losses.map((loss, index) => `${index + 1}. ${loss}.`).join('\n')}\n`,
    UNKNOWN,
  ].join('\n');
  await expect(formatted(text)).toMatchFileSnapshot('../../docs/FIDELITY.md');
});

/** As the formatter of the project leaves it. */
function formatted(text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const options = { cwd: root, input: text, encoding: 'utf8', timeout: 60_000 } as const;
  return execFileSync(biome, ['format', '--stdin-file-path=docs/FIDELITY.md'], options);
}

function sectionText({ title, rows }: Pick<Section, 'title' | 'rows'>, losses: readonly string[]): string {
  const lines = rows.map((row) => {
    const cells = WAY_NAMES.map((way) => {
      const because = row.losses?.[way]?.because;
      return because === undefined ? '✓' : String(losses.indexOf(because) + 1);
    });
    return `| ${row.name.replaceAll('|', '\\|')} | ${cells.join(' | ')} |`;
  });
  return `## ${title}\n\n| | ${WAY_NAMES.map(heading).join(' | ')} |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

function heading(way: Way): string {
  return way.replace(' in the Node build', ', Node');
}

function lossesOf(row: Row): readonly string[] {
  return WAY_NAMES.flatMap((way) => row.losses?.[way]?.because ?? []);
}
