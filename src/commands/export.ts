import { type ExportForm, exportable, exportText } from '../bundle/export.ts';
import { isName } from '../bundle/names.ts';
import type { Secrets } from '../bundle/types.ts';
import type { GlobalOptions } from '../cli.ts';
import { wipe } from '../crypto/wipe.ts';
import { Fault, printable } from '../fault.ts';
import { grantedValue } from '../launch/environment.ts';
import { profileByName } from '../profile/match.ts';
import { planLaunch } from '../profile/plan.ts';
import { shellWord } from '../quote.ts';
import type { World } from '../world.ts';
import { bundlePath, withSecrets } from './access.ts';
import { wordAgain } from './again.ts';
import { refuseToPrint } from './agent.ts';
import { readArguments } from './arguments.ts';
import { recordWord } from './audit.ts';
import { choiceHint } from './choice.ts';
import { readProfiles, readSources, wordBundlePath } from './profile-files.ts';

const FORMATS = ['dotenv', 'json', 'nul'];

const OPTIONS = {
  shell: { type: 'string' },
  format: { type: 'string' },
  profile: { type: 'string', short: 'p' },
  reveal: { type: 'boolean' },
} as const;

/** `export`: the keys, or those that a profile grants, as text that restores every value exactly. */
export async function exportKeys(
  world: World,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  const { values } = readArguments('export', args, OPTIONS);
  const form = formOf(values.shell, values.format);
  const again = wordAgain(world, options, ['export', ...args.map(shellWord), '--reveal'].join(' '));
  const terminalOnly = world.program === 'pqc-secrets';
  refuseToPrint(world, values.reveal === true, 'export', again, { terminalOnly });
  if (values.profile === undefined) {
    const path = await wordBundlePath(world, options);
    const rollback = (await readProfiles(world, options))?.settings.rollback;
    const printAll = async (all: Secrets) => {
      const secrets = harmless(world, all);
      await recordWord(world, options, { event: 'export', bundle: path, keys: [...secrets.keys()] });
      print(world, secrets, form);
    };
    await withSecrets(world, path, printAll, rollback);
  } else {
    await exportProfile(world, options, values.profile, form);
  }
  return 0;
}

function formOf(shell: string | undefined, format: string | undefined): ExportForm {
  if (shell !== undefined && format !== undefined) {
    throw new Fault('usage', '--shell and --format exclude each other', { hint: 'pqx help export' });
  }
  if (shell === 'sh' || shell === 'fish') return shell;
  if (shell !== undefined)
    throw new Fault('usage', `unknown shell ${shell}`, {
      hint: 'pqx export --shell sh   is for sh, bash, zsh and dash; --shell fish for fish',
    });
  if (format === undefined) return 'sh';
  if (format === 'dotenv' || format === 'json' || format === 'nul') return format;
  throw new Fault('usage', `unknown format ${format}`, {
    hint: choiceHint(format, FORMATS, 'pqx export --format'),
  });
}

/** Evaluating a name of another grammar could run it, and some names steer other programs: both are left out, and said. */
function harmless(world: World, secrets: Secrets): Secrets {
  const { printed, withheld } = exportable(secrets);
  if (withheld.length > 0) {
    const names = withheld.map(printable).sort().join(', ');
    world.stderr.write(`pqx: not exported, since such a name runs or steers programs: ${names}\n`);
  }
  return new Map([...printed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function exportProfile(
  world: World,
  options: GlobalOptions,
  name: string,
  form: ExportForm,
): Promise<void> {
  const { files, settings } = await readSources(world, options);
  const chosen = profileByName(files, name);
  const path = bundlePath(world, options, chosen.file.settings.bundle ?? settings.bundle);
  const printGrants = async (secrets: Secrets) => {
    const plan = planLaunch({
      chosen,
      files,
      grants: [],
      command: { typed: '', path: undefined, through: 'typed' },
      args: [],
      environ: [],
      names: [...secrets.keys()],
      bundle: path,
      filesDirectory: '',
      home: world.env('HOME'),
    });
    // A file is there for a launch alone.
    const grants = plan.grants.filter(({ source }) => source.kind !== 'file');
    const unprintable = grants.find(({ variable }) => !isName(variable));
    if (unprintable !== undefined) {
      throw new Fault(
        'input',
        `the variable ${printable(unprintable.variable)} is no name that a shell takes`,
        { hint: `pqx -p ${name} COMMAND   hands it over as it is` },
      );
    }
    await recordWord(world, options, { event: 'export', profile: name, bundle: path, keys: plan.opens });
    print(world, new Map(grants.map((grant) => [grant.variable, grantedValue(grant, secrets)])), form);
  };
  await withSecrets(world, path, printGrants, settings.rollback);
}

function print(world: World, secrets: Secrets, form: ExportForm): void {
  const text = exportText(secrets, form);
  world.stdout.write(text);
  wipe(text);
}
