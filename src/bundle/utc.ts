import { Fault } from '../fault.ts';

/** The one form of a time in a bundle: RFC 3339 in UTC with microseconds. No expression: every launch asks it once. */
export function isUtc(text: string): boolean {
  const form = '0000-00-00T00:00:00.000000Z';
  if (text.length !== form.length) return false;
  for (let at = 0; at < form.length; at += 1) {
    const character = text[at] ?? '';
    const isDigit = character >= '0' && character <= '9';
    if (form[at] === '0' ? !isDigit : character !== form[at]) return false;
  }
  const isWithin = (at: number, least: string, most: string) => {
    const part = text.slice(at, at + 2);
    return part >= least && part <= most;
  };
  return (
    isWithin(5, '01', '12') &&
    isWithin(8, '01', '31') &&
    isWithin(11, '00', '23') &&
    isWithin(14, '00', '59') &&
    isWithin(17, '00', '59')
  );
}

/** `now` in that form; a Fault `store` for a clock beyond the four digits of a year, whose bundle nobody could read. */
export function utcText(now: Date): string {
  const text = Number.isNaN(now.getTime()) ? '' : now.toISOString().replace(/Z$/, '000Z');
  if (isUtc(text)) return text;
  throw new Fault('store', 'the clock of this machine is not set: its year has not four digits', {
    hint: 'date   shows it',
  });
}
