import { describe, expect, test } from 'vitest';
import {
  inheritedUnderBun,
  inheritedUnderNode,
  type OpenDescriptor,
} from '../../src/platform/descriptors.ts';

const POLL = 'anon_inode:[eventpoll]';
const EVENT = 'anon_inode:[eventfd]';
const CLOSES = 'pos:\t0\nflags:\t02000002\n';
const STAYS = 'pos:\t0\nflags:\t02\n';
const OWN_ADDRESS = 0x37cf32ee640n;

function open(number: number, target: string, info = CLOSES): OpenDescriptor {
  return { number, target, info };
}

function watch(number: number, events: string, data: string): string {
  return `${CLOSES}tfd: ${String(number).padStart(8)} events: ${events.padStart(8)} data: ${data.padStart(16)}  pos:0 ino:40e sdev:10\n`;
}

const standard = [open(0, '/dev/null'), open(1, 'pipe:[1]'), open(2, 'pipe:[2]')];
const ownPair = (poll: number, event: number) => [
  open(poll, POLL, watch(event, '80000019', '37cf32ee640')),
  open(event, EVENT),
];
const isOwn = (address: bigint) => address === OWN_ADDRESS;

describe('what a standalone inherited', () => {
  test('nothing, when there is only its own pair', () => {
    expect(inheritedUnderBun([...standard, ...ownPair(3, 4)], isOwn)).toEqual([]);
  });

  test('files, pipes and sockets, below, between and above its own', () => {
    const all = [
      ...standard,
      open(3, 'pipe:[7]'),
      ...ownPair(4, 6),
      open(5, 'socket:[8]'),
      open(63, '/etc/passwd'),
    ];
    expect(inheritedUnderBun(all, isOwn)).toEqual([3, 5, 63]);
  });

  test("an eventfd and an epoll of the caller's, above a gap", () => {
    expect(inheritedUnderBun([...standard, ...ownPair(3, 4), open(9, EVENT), open(10, POLL)], isOwn)).toEqual(
      [9, 10],
    );
  });

  test("an eventfd and an epoll of the caller's, next to its own", () => {
    const all = [...standard, open(3, EVENT), open(4, POLL, watch(3, '19', '3')), ...ownPair(5, 6)];
    expect(inheritedUnderBun(all, isOwn)).toEqual([3, 4]);
  });

  test("a pair of the caller's that looks like its own: the address tells", () => {
    const theirsAt = (poll: number) => [
      open(poll, POLL, watch(poll + 1, '80000019', '7f00deadbeef')),
      open(poll + 1, EVENT),
    ];
    expect(inheritedUnderBun([...standard, ...ownPair(3, 4), ...theirsAt(5)], isOwn)).toEqual([5, 6]);
    expect(inheritedUnderBun([...standard, ...theirsAt(3), ...ownPair(5, 6)], isOwn)).toEqual([3, 4]);
  });

  test('a runtime that is not the known one hands on no epoll and no eventfd', () => {
    const all = [...standard, open(3, POLL), open(4, EVENT), open(5, EVENT), open(6, 'pipe:[1]')];
    expect(inheritedUnderBun(all, isOwn)).toEqual([6]);
  });
});

describe('what Node inherited, and what its execve would close of that', () => {
  const own = (from: number) => [
    open(from, POLL),
    open(from + 1, 'anon_inode:[io_uring]'),
    open(from + 2, 'pipe:[500]', CLOSES),
    open(from + 3, 'pipe:[500]', CLOSES),
    open(from + 4, EVENT),
  ];

  test('nothing', () => {
    expect(inheritedUnderNode([...standard, ...own(3)])).toEqual({ all: [], lost: [] });
  });

  test('low numbers, which it marked close-on-exec, and high ones, which it did not', () => {
    const all = [...standard, open(3, 'pipe:[7]'), ...own(4), open(63, '/etc/passwd', STAYS)];
    expect(inheritedUnderNode(all)).toEqual({ all: [3, 63], lost: [3] });
  });

  test('both ends of one pipe, as make hands them to its children', () => {
    const all = [...standard, open(3, 'pipe:[9]'), open(4, 'pipe:[9]'), ...own(5)];
    expect(inheritedUnderNode(all)).toEqual({ all: [3, 4], lost: [3, 4] });
  });

  test('one end of a pipe among its own', () => {
    const [poll, ring, ...rest] = own(3);
    if (poll === undefined || ring === undefined) throw new Error('unreachable');
    const all = [...standard, poll, ring, ...rest, open(8, 'pipe:[9]')];
    expect(inheritedUnderNode(all)).toEqual({ all: [8], lost: [8] });
  });
});
