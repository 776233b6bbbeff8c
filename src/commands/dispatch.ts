/** From the command line's value to the command that does it. A launch is at hand; words are loaded when called. */
import type { GlobalOptions, Invocation } from '../cli.ts';
import type { Word } from '../words.ts';
import type { World } from '../world.ts';
import { launch } from './launch.ts';

/** Runs it and returns the exit status; faults pass through. A launch that execs does not return. */
export function runCommand(world: World, invocation: Invocation): Promise<number> {
  return invocation.kind === 'launch' && !invocation.dryRun
    ? launch(world, invocation)
    : runOther(world, invocation);
}

async function runOther(world: World, invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case 'launch':
      return (await import('./explain.ts')).dryRun(world, invocation);
    case 'word':
      return runWord(world, invocation.word, invocation.options, invocation.args);
    case 'help':
      world.stdout.write((await import('./usage.ts')).USAGE);
      return 0;
    case 'version':
      return (await import('./version.ts')).version(world);
    case 'nothing':
      world.stderr.write((await import('./usage.ts')).USAGE);
      return 2;
  }
}

async function runWord(
  world: World,
  word: Word,
  options: GlobalOptions,
  args: readonly string[],
): Promise<number> {
  if (asksForHelp(word, args)) {
    world.stdout.write((await import('./help.ts')).helpOf(word));
    return 0;
  }
  switch (word) {
    case 'demo':
      return (await import('./demo.ts')).demo(world, args);
    case 'init':
      return (await import('./init.ts')).init(world, options, args);
    case 'keygen':
      return (await import('./keygen.ts')).keygen(world, options, args);
    case 'pack':
      return (await import('./pack.ts')).pack(world, options, args);
    case 'set':
      return (await import('./set.ts')).set(world, options, args);
    case 'unset':
      return (await import('./unset.ts')).unset(world, options, args);
    case 'rename':
      return (await import('./rename.ts')).rename(world, options, args);
    case 'get':
      return (await import('./get.ts')).get(world, options, args);
    case 'import':
      return (await import('./import.ts')).importKeys(world, options, args);
    case 'export':
      return (await import('./export.ts')).exportKeys(world, options, args);
    case 'verify':
      return (await import('./verify.ts')).verify(world, options, args);
    case 'list':
      return (await import('./list.ts')).list(world, options, args);
    case 'status':
      return (await import('./status.ts')).status(world, options, args);
    case 'recipients':
      return (await import('./recipients.ts')).recipients(world, options, args);
    case 'rewrap':
      return (await import('./rewrap.ts')).rewrap(world, options, args);
    case 'rotate':
      return (await import('./rotate.ts')).rotate(world, options, args);
    case 'identity':
      return (await import('./identity.ts')).identity(world, options, args);
    case 'unlock':
      return (await import('./unlock.ts')).unlock(world, options, args);
    case 'lock':
      return (await import('./unlock.ts')).lock(world, options, args);
    case 'migrate':
      return (await import('./migrate.ts')).migrate(world, options, args);
    case 'gen':
      return (await import('./gen.ts')).gen(world, options, args);
    case 'explain':
      return (await import('./explain.ts')).explain(world, options, args);
    case 'profiles':
      return (await import('./profiles.ts')).profiles(world, options, args);
    case 'shim':
      return (await import('./shim.ts')).shim(world, args);
    case 'alias':
      return (await import('./alias.ts')).alias(world, options, args);
    case 'doctor':
      return (await import('./doctor.ts')).doctor(world, options, args);
    case 'trust':
      return (await import('./trust.ts')).trust(world, options, args);
    case 'untrust':
      return (await import('./trust.ts')).untrust(world, options, args);
    case 'gc':
      return (await import('./gc.ts')).gc(world, args);
    case 'log':
      return (await import('./log.ts')).log(world, options, args);
    case 'completion':
      return (await import('./completion.ts')).completion(world, options, args);
    case 'help':
      return (await import('./help-word.ts')).help(world, args);
    case 'version':
      return (await import('./version.ts')).version(world, args);
  }
}

/** `-h` or `--help` among a word's own options; behind `--`, and behind the COMMAND of `explain`, it is the target's. */
function asksForHelp(word: Word, args: readonly string[]): boolean {
  for (const argument of args) {
    if (argument === '--' || (word === 'explain' && !argument.startsWith('-'))) return false;
    if (argument === '-h' || argument === '--help') return true;
  }
  return false;
}
