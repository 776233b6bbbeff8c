/** What is known of a file system by its magic number (statfs(2)). The lists are made when asked for: a launch that works never does. */

/** Modes are made up by the mount: FAT, exFAT, NTFS (two drivers), SMB (three protocols), WSL 1. */
const withoutModes = (): readonly number[] => [
  0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0x517b, 0xff534d42, 0xfe534d42, 0x53464846,
];

/** Modes are real or made up, as the mount says: 9p (WSL 2), FUSE. Made up, they are all ones. */
const withOrWithout = (): readonly number[] => [0x01021997, 0x65735546];

/** One machine's alone: ext, XFS, Btrfs, tmpfs, overlay, F2FS, ZFS, ramfs, bcachefs, squashfs, FAT, exFAT, NTFS. */
const local = (): readonly number[] => [
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0x858458f6, 0xca451a4e,
  0x73717368, 0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e,
];

/** Whether the modes of a file there say nothing of who may do what. `mode`: the permission bits that it shows. */
export function modesAreMadeUp(magic: number, mode: number): boolean {
  return withoutModes().includes(magic) || (withOrWithout().includes(magic) && (mode & 0o777) === 0o777);
}

/** Whether no other machine can have it mounted; one that is not known may be shared. */
export function isOfOneMachine(magic: number): boolean {
  return local().includes(magic);
}

/**
 * The magic number of the file system that `path` lies on; 0 where that cannot be told. `node:fs` is loaded here and not
 * above: a launch that works never asks, and would pay for it.
 */
export function magicOf(path: string): number {
  const { statfsSync } = process.getBuiltinModule('node:fs');
  try {
    return Number(BigInt.asUintN(32, statfsSync(path, { bigint: true }).type));
  } catch {
    return 0;
  }
}
