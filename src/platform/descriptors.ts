/**
 * Which open descriptors above 2 were inherited, and which the runtime opened for itself before pqx ran. Their
 * close-on-exec flags do not tell: both runtimes set it on what they inherit. But the runtime always takes the lowest
 * free number, and what it opens for itself is known.
 */

export interface OpenDescriptor {
  readonly number: number;
  /** What /proc/self/fd/N points to. */
  readonly target: string;
  /** The text of /proc/self/fdinfo/N. */
  readonly info: string;
}

const POLL = 'anon_inode:[eventpoll]';
const EVENT = 'anon_inode:[eventfd]';
const RING = 'anon_inode:[io_uring]';

/**
 * Bun opens one epoll instance and one eventfd that it watches (edge-triggered), and nothing else. An epoll or eventfd
 * of the caller's is told from them by that watch, and, should the caller have such a pair too, by `isOwnAddress`: the
 * cookie of the runtime's watch is an address in this process.
 */
export function inheritedUnderBun(
  open: readonly OpenDescriptor[],
  isOwnAddress: (address: bigint) => boolean,
): readonly number[] {
  const low = openBelowFirstGap(open);
  const polls = low.filter((descriptor) => descriptor.target === POLL);
  const events = low.filter((descriptor) => descriptor.target === EVENT);
  const own =
    polls.length === 1 && events.length === 1 ? [...polls, ...events] : ownPair(polls, events, isOwnAddress);
  return numbersWithout(open, new Set(own.map((descriptor) => descriptor.number)));
}

function ownPair(
  polls: readonly OpenDescriptor[],
  events: readonly OpenDescriptor[],
  isOwnAddress: (address: bigint) => boolean,
): readonly OpenDescriptor[] {
  const pairs = polls.flatMap((poll) => {
    return watchesOf(poll.info).flatMap((watch) => {
      const event = events.find((candidate) => candidate.number === watch.number);
      return event !== undefined && watch.edgeTriggered ? [{ poll, event, cookie: watch.cookie }] : [];
    });
  });
  const likely = pairs.length > 1 ? pairs.filter((pair) => isOwnAddress(pair.cookie)) : pairs;
  const own = likely.at(-1) ?? pairs.at(-1);
  // Without a pair the runtime is not the one that is known: then none of these is handed on.
  return own === undefined ? [...polls, ...events] : [own.poll, own.event];
}

/** What an epoll instance watches, from its fdinfo. */
function watchesOf(
  info: string,
): readonly { readonly number: number; readonly edgeTriggered: boolean; readonly cookie: bigint }[] {
  return [...info.matchAll(/^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)\s+data:\s*([0-9a-f]+)/gm)].map((match) => ({
    number: Number(match[1]),
    edgeTriggered: Number.parseInt(match[2] ?? '0', 16) >= 0x80000000,
    cookie: BigInt(`0x${match[3]}`),
  }));
}

/**
 * Node opens several epoll instances, io_urings, eventfds and pipes (both ends), the first of them an epoll instance.
 * `lost` are the inherited ones that it has marked close-on-exec, which its execve therefore closes.
 */
export function inheritedUnderNode(open: readonly OpenDescriptor[]): {
  readonly all: readonly number[];
  readonly lost: readonly number[];
} {
  const low = openBelowFirstGap(open);
  const first =
    low.find((descriptor) => descriptor.target === POLL && closesOnExec(descriptor))?.number ?? Infinity;
  const candidates = low.filter((descriptor) => descriptor.number >= first && closesOnExec(descriptor));
  const own = candidates.filter((descriptor) => {
    if ([POLL, EVENT, RING].includes(descriptor.target)) return true;
    return (
      candidates.filter((other) => other.target === descriptor.target).length > 1 &&
      descriptor.target.startsWith('pipe:')
    );
  });
  const all = numbersWithout(open, new Set(own.map((descriptor) => descriptor.number)));
  const closing = new Set(open.filter(closesOnExec).map((descriptor) => descriptor.number));
  return { all, lost: all.filter((number) => closing.has(number)) };
}

function closesOnExec(descriptor: OpenDescriptor): boolean {
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(descriptor.info)?.[1] ?? '0', 8);
  return (flags & 0o2000000) !== 0;
}

/** Those above 2 with no unused number below them: what the runtime opened, and nothing was closed since, is here. */
function openBelowFirstGap(open: readonly OpenDescriptor[]): readonly OpenDescriptor[] {
  const numbers = new Set(open.map((descriptor) => descriptor.number));
  let gap = 3;
  while (numbers.has(gap)) gap += 1;
  return open
    .filter((descriptor) => descriptor.number > 2 && descriptor.number < gap)
    .sort((a, b) => a.number - b.number);
}

function numbersWithout(open: readonly OpenDescriptor[], own: ReadonlySet<number>): readonly number[] {
  return open
    .map((descriptor) => descriptor.number)
    .filter((number) => number > 2 && !own.has(number))
    .sort((a, b) => a - b);
}
