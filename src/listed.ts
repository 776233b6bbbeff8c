/**
 * Lists as one text, with a space between the entries: a launch asks a few lists one question each, and an array of
 * another length is memory of another kind, which costs the engine more than the question.
 */

export function isListed(list: string, text: string): boolean {
  return !text.includes(' ') && ` ${list} `.includes(` ${text} `);
}
