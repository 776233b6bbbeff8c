import { Fault } from '../fault.ts';

/** The one form of a time in a bundle: RFC 3339 in UTC with microseconds. */
const UTC = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

export function isUtc(text: string): boolean {
  return UTC.test(text);
}

/** `now` in that form; a Fault `store` for a clock beyond the four digits of a year, whose bundle nobody could read. */
export function utcText(now: Date): string {
  const text = Number.isNaN(now.getTime()) ? '' : now.toISOString().replace(/Z$/, '000Z');
  if (isUtc(text)) return text;
  throw new Fault('store', 'the clock of this machine is not set: its year has not four digits', {
    hint: 'date   shows it',
  });
}
