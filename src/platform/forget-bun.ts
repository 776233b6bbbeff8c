/** Takes a variable's value out of this process's first environment, which /proc/PID/environ shows. Bun on Linux only. */
import { dlopen, ptr } from './ffi-bun.ts';
import { cString } from './libc.ts';

/** getenv(3) points to where the kernel laid the value, as long as nothing has set the variable anew. */
export function forgetVariable(name: string): void {
  if (process.platform !== 'linux') return;
  const { symbols } = dlopen('libc.so.6', {
    getenv: { args: ['ptr'], returns: 'ptr' },
    strlen: { args: ['ptr'], returns: 'u64' },
    explicit_bzero: { args: ['ptr', 'u64'], returns: 'void' },
  });
  const value = symbols.getenv(ptr(cString(name)));
  if (value !== null) symbols.explicit_bzero(value, symbols.strlen(value));
}
