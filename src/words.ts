/** The words of pqx: what is no COMMAND to launch. */
export const WORDS = [
  'demo',
  'init',
  'keygen',
  'pack',
  'set',
  'unset',
  'rename',
  'get',
  'import',
  'export',
  'verify',
  'list',
  'status',
  'recipients',
  'rewrap',
  'rotate',
  'identity',
  'unlock',
  'lock',
  'migrate',
  'gen',
  'explain',
  'profiles',
  'doctor',
  'shim',
  'alias',
  'trust',
  'untrust',
  'gc',
  'log',
  'completion',
  'help',
  'version',
] as const;
export type Word = (typeof WORDS)[number];

/** Words that pqx keeps for itself: a program of that name is launched by `pqx -- WORD`. */
export const RESERVED_WORDS: readonly string[] = [
  'scan',
  'adopt',
  'merge',
  'edit',
  'config',
  'agent',
  'proxy',
  'exec',
];

/** What the older tool's name offers, with the older tool's defaults. */
export const LEGACY_WORDS: readonly Word[] = [
  'keygen',
  'pack',
  'export',
  'verify',
  'list',
  'rename',
  'rewrap',
  'rotate',
  'migrate',
];

export function isWord(text: string): text is Word {
  return (WORDS as readonly string[]).includes(text);
}
