/** The kernel's keyring, which Node cannot call: as if there were none. `keyring-bun.ts` has the same functions. */
import { systemError } from './caller.ts';

export function noKeyring(): string | undefined {
  return 'the Node build cannot call it';
}

export function keepKey(_name: string, _payload: Uint8Array, _seconds: number): void {
  throw systemError('keyctl', 'ENOSYS');
}

export function keptKey(_name: string): Uint8Array | undefined {
  return undefined;
}

export function forgetKey(_name: string): boolean {
  throw systemError('keyctl', 'ENOSYS');
}
