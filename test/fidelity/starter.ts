/**
 * Prepares a process as no shell can and then becomes the command: `bun starter.ts SPEC COMMAND [ARGS…]`. Bun only; the
 * tests start it by `prepared` of compare.ts. SPEC is JSON:
 * - `eventfds`, `sockets`: numbers at which such a descriptor is to be open; `epolls`: an epoll instance that watches
 *   the first eventfd, edge-triggered, as the runtime's own does
 * - `ignore`, `block`, `pend`: signals to be ignored, blocked, sent to itself
 * - `environ`: the entries of the environment in base64, instead of its own but for those named in `inherit`; `args`:
 *   in base64 too, after the ARGS
 */
import { dlopen, ptr } from 'bun:ffi';

interface Spec {
  readonly eventfds?: readonly number[];
  readonly epolls?: readonly number[];
  readonly sockets?: readonly number[];
  readonly ignore?: readonly number[];
  readonly block?: readonly number[];
  readonly pend?: readonly number[];
  readonly environ?: readonly string[];
  readonly inherit?: readonly string[];
  readonly args?: readonly string[];
}

const { symbols: c } = dlopen('libc.so.6', {
  eventfd: { args: ['u32', 'i32'], returns: 'i32' },
  epoll_create1: { args: ['i32'], returns: 'i32' },
  epoll_ctl: { args: ['i32', 'i32', 'i32', 'ptr'], returns: 'i32' },
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  dup2: { args: ['i32', 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  signal: { args: ['i32', 'u64'], returns: 'ptr' },
  sigprocmask: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  raise: { args: ['i32'], returns: 'i32' },
  execve: { args: ['ptr', 'ptr', 'ptr'], returns: 'i32' },
});

const [specText = '{}', command = '', ...args] = process.argv.slice(2);
const spec: Spec = JSON.parse(specText);

function place(numbers: readonly number[], make: () => number): void {
  for (const number of numbers) {
    const made = make();
    c.dup2(made, number);
    if (made !== number) c.close(made);
  }
}

function watch(event: number): number {
  const poll = c.epoll_create1(0);
  // struct epoll_event is packed on x86-64 alone: the cookie stands at 4 or at 8 (epoll_ctl(2)).
  const interest = new DataView(new ArrayBuffer(16));
  interest.setUint32(0, 0x80000001, true);
  interest.setUint32(process.arch === 'x64' ? 4 : 8, 7, true);
  c.epoll_ctl(poll, 1, event, ptr(new Uint8Array(interest.buffer)));
  return poll;
}

function vector(strings: readonly Uint8Array[]): {
  readonly pointers: BigUint64Array;
  readonly kept: readonly Uint8Array[];
} {
  const kept = strings.map((string) => Uint8Array.from([...string, 0]));
  return { pointers: BigUint64Array.from([...kept.map((string) => BigInt(ptr(string))), 0n]), kept };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const decoded = (texts: readonly string[]) =>
  texts.map((text) => new Uint8Array(Buffer.from(text, 'base64')));

place(spec.eventfds ?? [], () => c.eventfd(0, 0));
place(spec.epolls ?? [], () => watch(spec.eventfds?.[0] ?? 0));
place(spec.sockets ?? [], () => c.socket(1, 1, 0));
// What the runtime itself ignores is the default again.
for (const signal of [13, 25]) c.signal(signal, 0n);
for (const signal of spec.ignore ?? []) c.signal(signal, 1n);
const mask = new BigUint64Array(16);
for (const signal of spec.block ?? []) mask[0] = (mask[0] ?? 0n) | (1n << BigInt(signal - 1));
c.sigprocmask(2, ptr(mask), null);
for (const signal of spec.pend ?? []) c.raise(signal);

const argv = vector([...[command, ...args].map(bytes), ...decoded(spec.args ?? [])]);
const own = Object.entries(Bun.env).filter(
  ([name]) => spec.inherit?.includes(name) ?? spec.environ === undefined,
);
const environ = vector([
  ...decoded(spec.environ ?? []),
  ...own.map(([name, value]) => bytes(`${name}=${value}`)),
]);
const path = Uint8Array.from([...bytes(command), 0]);
c.execve(ptr(path), ptr(argv.pointers), ptr(environ.pointers));
throw new Error(`the command was not started: ${command} ${argv.kept.length} ${environ.kept.length}`);
