/** The nearest names to one that was mistyped: optimal string alignment distance, at most a third of the name. */

/** At most `most` of the `names`, nearest first. */
export function nearest(name: string, names: Iterable<string>, most = 3): readonly string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const score = distance(name.toLowerCase(), candidate.toLowerCase(), limit);
    if (score <= limit) scored.push({ name: candidate, distance: score });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, most).map((entry) => entry.name);
}

/** `did you mean A, B?`, or undefined when nothing is near. */
export function suggestion(name: string, names: Iterable<string>): string | undefined {
  const near = nearest(name, names);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours; more than `limit` counts as limit + 1. */
function distance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    if (Math.min(...next) > limit) return limit + 1;
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
