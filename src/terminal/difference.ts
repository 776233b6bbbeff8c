/** Two texts, line by line: what was there, what is there now. */

/** Most cells of the table that finds the longest common lines; above it everything counts as changed. */
const MOST_CELLS = 4_000_000;

/** The lines of both, in order: unchanged ones with two spaces in front, those that went with `- `, those that came with `+ `. */
export function differenceLines(before: readonly string[], after: readonly string[]): readonly string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.length * after.length > MOST_CELLS) return [...before.map(gone), ...after.map(come)];
  const width = after.length + 1;
  // common[i * width + j]: how many lines the rests from i and from j have in common at most
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(same(before[i] ?? ''));
      i += 1;
      j += 1;
    } else if (
      j === after.length ||
      (i < before.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push(gone(before[i] ?? ''));
      i += 1;
    } else {
      lines.push(come(after[j] ?? ''));
      j += 1;
    }
  }
  return lines;
}

function same(line: string): string {
  return `  ${line}`;
}

function gone(line: string): string {
  return `- ${line}`;
}

function come(line: string): string {
  return `+ ${line}`;
}
