/** The words of pqx: what is no COMMAND to launch. */
import { isListed } from './listed.ts';

const WORDS =
  'demo init keygen pack set unset rename get import export verify list status recipients rewrap rotate identity unlock lock migrate gen explain profiles doctor shim alias trust untrust gc log completion help version';
type Split<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Split<Rest> : Text;
export type Word = Split<typeof WORDS>;

/** Words that pqx keeps for itself: a program of that name is launched by `pqx -- WORD`. */
const RESERVED = 'scan adopt merge edit config agent proxy exec';

/** What the older tool's name offers, with the older tool's defaults. */
const LEGACY = 'keygen pack export verify list rename rewrap rotate migrate';

export function isWord(text: string): text is Word {
  return isListed(WORDS, text);
}

export function isReserved(text: string): boolean {
  return isListed(RESERVED, text);
}

export function isLegacy(word: Word): boolean {
  return isListed(LEGACY, word);
}

export function allWords(): readonly Word[] {
  return WORDS.split(' ').filter(isWord);
}

export function reservedWords(): readonly string[] {
  return RESERVED.split(' ');
}

export function legacyWords(): readonly Word[] {
  return LEGACY.split(' ').filter(isWord);
}
