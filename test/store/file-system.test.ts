import { describe, expect, test } from 'vitest';
import { isOfOneMachine, magicOf, modesAreMadeUp } from '../../src/store/file-system.ts';

/** As statfs(2) and linux/magic.h have them. */
const MAGIC = {
  ext4: 0xef53,
  xfs: 0x58465342,
  btrfs: 0x9123683e,
  tmpfs: 0x01021994,
  overlay: 0x794c7630,
  proc: 0x9fa0,
  nfs: 0x6969,
  cifs: 0xff534d42,
  smb2: 0xfe534d42,
  ceph: 0x00c36400,
  fuse: 0x65735546,
  '9p': 0x01021997,
  vfat: 0x4d44,
  exfat: 0x2011bab0,
} as const;

test.for(['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'vfat'] as const)('%s is of one machine', (name) => {
  expect(isOfOneMachine(MAGIC[name])).toBe(true);
});

test.for(['nfs', 'cifs', 'smb2', 'ceph', 'fuse', '9p'] as const)('%s may be shared', (name) => {
  expect(isOfOneMachine(MAGIC[name])).toBe(false);
});

test('what cannot be told may be shared', () => {
  expect(magicOf('/nowhere/at/all')).toBe(0);
  expect(isOfOneMachine(0)).toBe(false);
});

test('asks the system', () => {
  expect(magicOf('/proc')).toBe(MAGIC.proc);
});

describe('modes', () => {
  test.for(['vfat', 'exfat', 'cifs', 'smb2'] as const)('mean nothing on %s', (name) => {
    expect(modesAreMadeUp(MAGIC[name], 0o755)).toBe(true);
  });

  test.for(['ext4', 'tmpfs', 'overlay', 'nfs', 'ceph'] as const)('mean what they say on %s', (name) => {
    expect(modesAreMadeUp(MAGIC[name], 0o777)).toBe(false);
  });

  test.for(['fuse', '9p'] as const)('mean nothing on %s when all of them are set', (name) => {
    expect(modesAreMadeUp(MAGIC[name], 0o777)).toBe(true);
    expect(modesAreMadeUp(MAGIC[name], 0o775)).toBe(false);
    expect(modesAreMadeUp(MAGIC[name], 0o644)).toBe(false);
  });
});
