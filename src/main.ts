/**
 * The program: makes World of the process, runs the command and sets the exit status. Nothing else touches `process`.
 *
 * What a launch needs is imported at the top; words are loaded when they are called.
 */
import {
  currentDirectory,
  currentUser,
  factsOfDescriptor,
  hangUpQuietly,
  inheritedDescriptors,
  isTerminal,
  rawArguments,
  rawEnvironment,
  readSome,
  writeSome,
} from '#system';
import { type Invocation, isLaunchLine, parseCommandLine, shimLine } from './cli.ts';
import { runCommand } from './commands/dispatch.ts';
import { errnoOf, Fault } from './fault.ts';
import { ownNameOf } from './own-name.ts';
import { failureText } from './terminal/report.ts';
import { isLegacy, legacyWords } from './words.ts';
import type { Sink, Source, World } from './world.ts';

async function main(): Promise<void> {
  const part = process.argv[2];
  if (
    (part === '--guard' || part === '--keychain') &&
    isPartName(isStandalone() ? process.argv0 : process.argv[1])
  )
    return bePart(part);
  let world: World | undefined;
  try {
    const called = makeWorld();
    world = ownNameOf(called.name) === undefined ? await throughShim(called) : called.world;
    process.exitCode = await runCommand(world, readInvocation(world));
  } catch (error) {
    process.exitCode = reportFailure(world, error);
  }
}

/** What pqx starts of itself. */
async function bePart(part: '--guard' | '--keychain'): Promise<void> {
  if (part === '--keychain') return (await import('./identity/keychain-child.ts')).beKeychainChild();
  const { beGuard } = await import('./launch/guard.ts');
  return beGuard(process.argv.slice(3), currentUser().uid);
}

interface Called {
  readonly world: World;
  /** argv[0]; in the Node build the script's path. */
  readonly name: string;
}

/** As what launch/guard.ts and identity/keychain.ts start: pqx under its name, or as an open file. Through a shim every argument is the tool's. */
function isPartName(name = ''): boolean {
  return ownNameOf(name) !== undefined || /^\/proc\/self\/fd\/\d+$/.test(name);
}

/** Under another name than its own it may be a shim. */
async function throughShim({ world, name }: Called): Promise<World> {
  const { shimCall, shimConfig } = await import('./commands/shim-call.ts');
  const shim = shimCall(name, world.env('PATH'), world.cwd);
  if (shim === undefined) return world;
  const config = shimConfig(shim);
  return { ...world, shim, env: (wanted) => (wanted === 'PQC_CONFIG_DIR' ? config : world.env(wanted)) };
}

function readInvocation(world: World): Invocation {
  if (world.shim !== undefined) return shimLine(world.shim.tool, world.args);
  if (world.program === 'pqx') return parseCommandLine(world.args);
  const invocation = parseCommandLine(world.args);
  const allowed =
    invocation.kind === 'help' || invocation.kind === 'version' || invocation.kind === 'nothing';
  if (allowed || (invocation.kind === 'word' && isLegacy(invocation.word))) return invocation;
  throw new Fault('usage', `pqc-secrets has the words ${legacyWords().join(', ')}`, {
    hint: 'pqx COMMAND   launches a program',
  });
}

/** Prints what went wrong and returns the status that says it (cli: exit statuses). */
function reportFailure(world: World | undefined, error: unknown): number {
  const text = failureText(world?.program ?? 'pqx', error, (world?.env('PQX_DEBUG') ?? '') !== '');
  // Without a world even the door that writes may be what is broken.
  if (world === undefined) process.stderr.write(text);
  else world.stderr.write(text);
  const launching =
    world === undefined || world.shim !== undefined || (world.program === 'pqx' && isLaunchLine(world.args));
  const code = error instanceof Fault ? error.code : undefined;
  if (code === 'not-found') return launching ? 127 : 1;
  if (code === 'not-executable') return launching ? 126 : 1;
  if (launching) return 125;
  return code === 'usage' ? 2 : 1;
}

function makeWorld(): Called {
  // Before anything is opened, and before secrets make /proc/self unreadable.
  const descriptors = inheritedDescriptors();
  const [name = 'pqx', ...args] = rawArguments();
  const environ = rawEnvironment();
  const cwd = currentDirectory();
  const world: World = {
    program: ownNameOf(name) ?? 'pqx',
    args,
    environ,
    env: lookUpIn(environ),
    cwd: cwd ?? '/',
    uid: currentUser().uid,
    descriptors,
    heard: new Map(),
    get self() {
      return isStandalone() ? [process.execPath] : [process.execPath, process.argv[1] ?? 'pqx'];
    },
    stdin: source(0),
    stdout: sink(1),
    stderr: sink(2),
    now: () => new Date(),
  };
  return { world, name };
}

function isRegularFile(descriptor: number): boolean {
  const facts = factsOfDescriptor(descriptor);
  return typeof facts !== 'string' && facts.kind === 'file';
}

function isStandalone(): boolean {
  return process.versions.bun !== undefined;
}

/** The first entry of a name counts, as for getenv(3). */
function lookUpIn(environ: readonly string[]): (name: string) => string | undefined {
  const values = new Map<string, string>();
  for (const entry of environ) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if (equals > 0 && !values.has(name)) values.set(name, entry.slice(equals + 1));
  }
  return (name) => values.get(name);
}

function sink(descriptor: number): Sink {
  return {
    get isTerminal() {
      return isTerminal(descriptor);
    },
    get isRegularFile() {
      return isRegularFile(descriptor);
    },
    write: (text) => writeAll(descriptor, typeof text === 'string' ? new TextEncoder().encode(text) : text),
  };
}

/** A descriptor that somebody made non-blocking says EAGAIN while its reader is slow: then this waits. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSome(descriptor, bytes.subarray(at));
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      else if (code === 'EPIPE' && descriptor === 1) hangUpQuietly();
      else if (descriptor === 2) return;
      else
        throw new Fault('store', `standard output cannot be written (${code ?? 'unknown error'})`, {
          cause: error,
        });
    }
  }
}

function source(descriptor: number): Source {
  return {
    get isTerminal() {
      return isTerminal(descriptor);
    },
    readLine: () => readLine(descriptor),
    readAll: (limit) => readAll(descriptor, limit),
  };
}

/** Byte by byte, so that what follows the line is left to whoever reads next. */
function readLine(descriptor: number): string | undefined {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (readOnce(descriptor, one, 0) === 1) {
    if (one[0] === 0x0a) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(one[0] ?? 0);
  }
  return bytes.length === 0 ? undefined : new TextDecoder().decode(new Uint8Array(bytes));
}

function readAll(descriptor: number, limit: number): Uint8Array {
  let bytes = new Uint8Array(65_536);
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 4);
      larger.set(bytes);
      bytes.fill(0);
      bytes = larger;
    }
    const count = readOnce(descriptor, bytes, length);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > limit) {
      bytes.fill(0);
      throw new Fault('input', `standard input is larger than ${limit} bytes`);
    }
  }
}

function readOnce(descriptor: number, bytes: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSome(descriptor, bytes.subarray(at));
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN')
        throw new Fault('input', `standard input cannot be read (${code ?? 'unknown error'})`, {
          cause: error,
        });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

void main();
