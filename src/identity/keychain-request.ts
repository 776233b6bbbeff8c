/** What pqx and the process that asks the keychain for it say to each other: one request, one answer. */
import { concatBytes, utf8 } from '../crypto/wipe.ts';
import { Fault, type FaultCode } from '../fault.ts';
import { isObject } from '../json.ts';

/** The first argument by which this program knows that it is to ask the keychain. */
export const KEYCHAIN_CHILD = '--keychain';
/** More than any entry that is a key, in bytes. */
export const ENTRY_LIMIT = 65_536;

export interface Request {
  readonly operation: 'read' | 'write' | 'remove';
  readonly account: string;
  /** What is to be written; nothing for other operations. To be wiped. */
  readonly text: Uint8Array;
}

/** The first byte of an answer; after it stands the entry's text, or a fault. */
const KIND = { text: 0x3d, nothing: 0x30, fault: 0x21 } as const;

/** A line of JSON and after it the text, whose length is said: a request that was cut short is none. */
export function requestBytes({ operation, account, text }: Request): Uint8Array {
  return concatBytes(utf8(`${JSON.stringify({ operation, account, length: text.length })}\n`), text);
}

/** Undefined for what is no whole request. */
export function readRequest(bytes: Uint8Array): Request | undefined {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return undefined;
  const head: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const text = bytes.subarray(end + 1);
  if (!isObject(head) || typeof head['account'] !== 'string' || head['length'] !== text.length)
    return undefined;
  const { operation, account } = head;
  if (operation !== 'read' && operation !== 'write' && operation !== 'remove') return undefined;
  return { operation, account, text };
}

/** The answer: the entry's text, nothing, or what is wrong. */
export function answerBytes(answer: Uint8Array | undefined | Fault): Uint8Array {
  if (answer === undefined) return new Uint8Array([KIND.nothing]);
  if (!(answer instanceof Fault)) return concatBytes(new Uint8Array([KIND.text]), answer);
  const { code, message, hint } = answer;
  return concatBytes(new Uint8Array([KIND.fault]), utf8(JSON.stringify({ code, message, hint })));
}

/** The text, or undefined for nothing. Throws the Fault that it is, and one of its own for what is no answer. */
export function readAnswer(bytes: Uint8Array): Uint8Array | undefined {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case KIND.text:
      return rest;
    case KIND.nothing:
      return undefined;
    case KIND.fault: {
      const { code, message, hint } = JSON.parse(new TextDecoder().decode(rest));
      throw new Fault(code as FaultCode, String(message), typeof hint === 'string' ? { hint } : {});
    }
    default:
      throw new Fault('identity', 'what asks the keychain ended without an answer', { hint: 'pqx doctor' });
  }
}
