/** `bombs.ts NAME` gives one reader the worst text of the largest size that it takes, and prints what came of it as JSON. */
import { readAssignments } from '../../src/bundle/input.ts';
import { BUNDLE_LIMIT, MOST_SECRETS } from '../../src/bundle/limits.ts';
import { readPayload } from '../../src/bundle/payload.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { Fault } from '../../src/fault.ts';
import { readObject } from '../../src/identity/json.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import { parseTrust } from '../../src/profile/trust.ts';
import { PROFILE_FILE_LIMIT } from '../../src/profile/types.ts';

export interface Bombed {
  /** `taken`, the code of the Fault, or `defect: …`. */
  readonly outcome: string;
  /** The most memory that the process had, in MiB; `before` it read. */
  readonly before: number;
  readonly megabytes: number;
}

/** `unit` as often as it fits between `head` and `tail`. */
function filled(limit: number, unit: string, head = '', tail = ''): Uint8Array {
  const bytes = new Uint8Array(limit).fill(0x20);
  const encoder = new TextEncoder();
  const [start, piece, end] = [head, unit, tail].map((text) => encoder.encode(text));
  if (start === undefined || piece === undefined || end === undefined) return bytes;
  bytes.set(start);
  let at = start.length;
  for (; at + piece.length <= limit - end.length; at += piece.length) bytes.set(piece, at);
  bytes.set(end, at);
  return bytes;
}

/** `count` names or as many as fit, each with what `line` makes of it. */
function numbered(limit: number, line: (at: number) => string, head = '', tail = ''): Uint8Array {
  const bytes = new Uint8Array(limit).fill(0x20);
  const encoder = new TextEncoder();
  let at = encoder.encodeInto(head, bytes).written;
  for (let number = 0; at < limit - 200 - tail.length; number += 1) {
    const { written } = encoder.encodeInto(line(number), bytes.subarray(at));
    if (written === 0) break;
    at += written;
  }
  at += encoder.encodeInto(tail, bytes.subarray(at)).written;
  return bytes.subarray(0, at);
}

const B = BUNDLE_LIMIT;
const P = PROFILE_FILE_LIMIT;
const entry = '":{"ciphertext_b64":"AAAAAAAAAAAAAAAAAAAAAA==","nonce_b64":"AAAAAAAAAAAAAAAA"}';
const v2Head = `{"bundle_id":"${'0'.repeat(32)}","dek_commitment_b64":"${'A'.repeat(43)}=","entries":{"A${entry}`;

const bundles: Readonly<Record<string, () => Uint8Array>> = {
  'open brackets': () => filled(B, '['),
  'open objects': () => filled(B, '{"a":'),
  'closed brackets': () => filled(B, '[]', '{"version":1,"x":[', '[]]}'),
  'empty objects': () => filled(B, '{},', '{"version":2,"entries":[', '{}]}'),
  numbers: () => filled(B, '1,', '{"version":1,"x":[', '1]}'),
  members: () => numbered(B, (at) => `,"${at.toString(36)}":0`, '{"version":1', '}'),
  'entries of version 2': () =>
    numbered(
      B,
      (at) => `,"B${String(at).padStart(8, '0')}${entry}`,
      v2Head,
      '},"recipients":[],"version":2}',
    ),
  quotes: () => filled(B, '"'),
  backslashes: () => filled(B, '\\', '"'),
  'white space': () => filled(B, ' '),
  'white space and quotes': () => filled(B, '" '),
  'one long text': () => filled(B, 'x', '{"version":1,"x":"', '"}'),
  'escapes in a text': () => filled(B, '\\u0041', '{"version":1,"x":"', '"}'),
};

const bombs: Readonly<Record<string, () => Promise<unknown> | unknown>> = {
  ...Object.fromEntries(
    Object.entries(bundles).flatMap(([name, make]) => [
      [`bundle: ${name}`, () => readBundle(make(), 'F')],
      [`key file: ${name}`, () => readObject(make(), 'F')],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(bundles).map(([name, make]) => [
      `trust.json: ${name}`,
      () => refusedList(parseTrust(make().subarray(0, 4 * 1024 * 1024))),
    ]),
  ),
  'trust.json: as many files as fit': () =>
    parseTrust(
      numbered(
        4 * 1024 * 1024,
        (at) => `{"path":"/${at}","sha3_256":"${'0'.repeat(64)}"},`,
        '{"version":1,"files":[',
        `{"path":"/x","sha3_256":"${'0'.repeat(64)}"}]}`,
      ),
    ),
  'payload: as many names as are taken': () => {
    const name = (at: number) => (at < MOST_SECRETS ? `"A${at}":"${'x'.repeat(100)}",` : '');
    return readPayload(numbered(B, name, '{"secrets":{', '"B":""}}'), 'secrets', 'F');
  },
  'payload: too many names': () =>
    readPayload(
      numbered(B, (at) => `"A${at}":"",`, '{"secrets":{', '"B":""}}'),
      'secrets',
      'F',
    ),
  'KEY=VALUE: too many names': () =>
    readAssignments(
      numbered(B, (at) => `A${at}=\n`),
      'F',
    ),
  'KEY=VALUE: one long line': () => readAssignments(filled(B, 'x', 'A='), 'F'),
  'KEY=VALUE: one quote': () => readAssignments(filled(B, '\\"', 'A="'), 'F'),
  'KEY=VALUE: many quotes': () => readAssignments(filled(B, "''", 'A='), 'F'),
  'KEY=VALUE: comments': () => readAssignments(filled(B, '#\n'), 'F'),
  ...Object.fromEntries(
    Object.entries({
      brackets: '[',
      braces: '{',
      lists: '- a\n',
      aliases: '*a,',
      colons: ': ',
      lines: '\n',
      quotes: '"',
      comments: '# a comment of some length, as people write them\n',
    }).map(([name, unit]) => [
      `profile file: ${name}`,
      () => parseProfiles(filled(P, unit, 'x: [&a b, '), '/F', 'user'),
    ]),
  ),
  'profile file: brackets, fewer than too many': () => parseProfiles(filled(99_000, '['), '/F', 'user'),
  'profile file: keys, fewer than too many': () =>
    parseProfiles(
      numbered(P, (at) => (at < 24_000 ? `  p${at}: {}\n` : ''), 'version: 1\nprofiles:\n'),
      '/F',
      'user',
    ),
  'profile file: aliases of aliases': () =>
    parseProfiles(
      new TextEncoder().encode(
        `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`).join('')}`,
      ),
      '/F',
      'user',
    ),
};

function refusedList(list: unknown): void {
  if (list === undefined) throw new Fault('input', 'no list');
}

export const BOMBS = Object.keys(bombs);

if (process.argv[1]?.endsWith('bombs.ts') === true) {
  const megabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);
  const results: Record<string, Bombed> = {};
  for (const name of process.argv.slice(2)) {
    const before = megabytes();
    let outcome = 'taken';
    try {
      await bombs[name]?.();
    } catch (error) {
      outcome = error instanceof Fault ? error.code : `defect: ${error}`;
    }
    results[name] = { outcome, before, megabytes: megabytes() };
  }
  console.log(JSON.stringify(results));
}
