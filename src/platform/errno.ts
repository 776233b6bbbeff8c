/** Error numbers of the system by name: those that differ between Linux and macOS stand apart (errno(3)). */

type Names = Readonly<Record<number, string>>;

// Made when asked for: hardly any launch meets an error.
const common = (): Names => ({
  1: 'EPERM',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  7: 'E2BIG',
  8: 'ENOEXEC',
  9: 'EBADF',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  25: 'ENOTTY',
  26: 'ETXTBSY',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  32: 'EPIPE',
  34: 'ERANGE',
});
const linux = (): Names => ({
  11: 'EAGAIN',
  36: 'ENAMETOOLONG',
  38: 'ENOSYS',
  40: 'ELOOP',
  80: 'ELIBBAD',
  110: 'ETIMEDOUT',
  116: 'ESTALE',
  122: 'EDQUOT',
  126: 'ENOKEY',
  127: 'EKEYEXPIRED',
  128: 'EKEYREVOKED',
});
const macos = (): Names => ({
  35: 'EAGAIN',
  60: 'ETIMEDOUT',
  62: 'ELOOP',
  63: 'ENAMETOOLONG',
  69: 'EDQUOT',
  70: 'ESTALE',
  85: 'EBADEXEC',
  86: 'EBADARCH',
});

/** The name of an error number, `E` and the number for one that has no name here. */
export function errnoName(number: number, platform: string): string {
  // The one that launches meet: nothing is there.
  if (number === 2) return 'ENOENT';
  return common()[number] ?? (platform === 'darwin' ? macos() : linux())[number] ?? `E${number}`;
}
