/**
 * The disk proof: nothing that pqx handles ever stands on a disk, not even for an instant. A root file system of its own
 * lies over the machine's, in one image; afterwards the raw image is searched for the canary, deleted blocks and all. It
 * counts only because the same search finds what other ways of handling a secret leave.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILDS, type Build, root } from '../support/programs.ts';

/** In two parts, so that it stands in no source, and so in no file that is looked at. */
const CANARY = ['canary-5b1d9c', 'e07f4a2266'].join('');
/** What a target makes of it, and saves. */
const CHANGED = ['changed-77c2', 'ab90de13'].join('');

const lacking = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...['unshare', 'pivot_root', 'mkfs.ext4', 'losetup', 'strace', 'python3'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  ),
];

interface Proof {
  readonly status: number | null;
  readonly stderr: string;
  readonly found: (what: string) => boolean;
}

/** Runs the line; `CANARY` and `CHANGED` are in its environment alone, `pqx` is a function in it. */
function onOwnDisk(line: string, pqx: readonly string[] = BUILDS.standalone): Proof {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pqx-disk-')));
  const memory = mkdtempSync('/dev/shm/pqx-disk-');
  onTestFinished(() => {
    for (const path of [directory, memory]) rmSync(path, { recursive: true, force: true });
  });
  mkdirSync(join(directory, 'run'));
  const whole = `set -e; pqx() { ${pqx.map((part) => `'${part}'`).join(' ')} "$@"; }\n${line}`;
  const result = spawnSync(
    'unshare',
    [
      '-m',
      '--propagation',
      'private',
      'bash',
      join(root, 'test/files/disk.sh'),
      join(directory, 'run'),
      root,
      whole,
    ],
    {
      encoding: 'utf8',
      env: {
        HOME: '/user',
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        XDG_RUNTIME_DIR: memory,
        MEMORY: memory,
        PQX: pqx.join(' '),
        CANARY,
        CHANGED,
      },
    },
  );
  const image = readFileSync(join(directory, 'run', 'image'));
  return { status: result.status, stderr: result.stderr, found: (what) => image.includes(what) };
}

const SETUP = `
pqx keygen 2>&1
printf 'K=%s\\nOTHER=other\\n' "$CANARY" | pqx pack 2>&1
cat > .config/pqc-secrets/profiles.yaml <<'END'
version: 1
profiles:
  env: { env: { K: K } }
  files:
    files:
      a: { template: "x {{ K }}\\n", env: A }
      b.json: { json: { k: "{{ K }}" }, env: B }
      c: { content: { key: K }, env: C }
  stdin: { stdin: { key: K } }
  at:
    files:
      auth: { content: { key: K }, at: ~/.tool/auth, env: AUTH }
  save:
    files:
      auth: { content: { key: K }, at: ~/.tool/auth, env: AUTH, save: true }
  mask: { env: { K: K }, mask: true }
END
same() { [ "$1" = "$CANARY" ] || { echo "not the canary: $2" >&2; exit 9; }; }
export -f same
`;

const LAUNCHES = `
same "$(pqx -p env bash -c 'printf %s "$K"')" env
pqx -p files bash -c 'same "$(cut -d" " -f2 "$A")" a; grep -q "$(cat "$C")" "$B"; same "$(cat "$C")" c'
same "$(pqx -p stdin cat)" stdin
pqx -q --env X=K bash -c 'same "$X" --env'
`;

const SUPERVISED = `
pqx -p at bash -c 'same "$(cat ~/.tool/auth)" at'
[ ! -L ~/.tool/auth ]
pqx -p save bash -c 'same "$(cat ~/.tool/auth)" save; printf %s "$CHANGED" > "$AUTH"'
[ "$(pqx get K)" = "$CHANGED" ]
printf %s "$CANARY" | pqx set K --exact 2>/dev/null
[ "$(pqx -p mask bash -c 'same "$K" mask; echo "<$K>"')" = "<***>" ]
`;

const WORDS = `
printf %s "$CANARY" | pqx set SECOND 2>/dev/null
printf 'THIRD=%s\\n' "$CANARY" | pqx pack --merge >/dev/null 2>&1
same "$(pqx get SECOND)" get
printf 'FOURTH=%s\\n' "$CANARY" > "$MEMORY/plain.env"
pqx import "$MEMORY/plain.env" >/dev/null 2>&1
pqx export | grep -q "$CANARY"
pqx export --format json | grep -q "$CANARY"
pqx verify >/dev/null 2>&1
pqx list >/dev/null
pqx rename SECOND FIFTH 2>/dev/null
pqx rotate >/dev/null 2>&1
same "$(pqx get FIFTH)" rotate
pqx unset FOURTH 2>/dev/null
pqx explain -p env true >/dev/null
pqx gen --set NEW >/dev/null 2>&1
`;

/** Where a core would stand, the limit for it lifted, by a signal that makes one, with the keys open. */
const CRASH = `
ulimit -c unlimited
for call in wait4 fchmod:when=2 fchmod:when=3; do
  { strace -qq -o "$MEMORY/trace" --inject=$call:signal=SEGV $PQX -p files true >/dev/null || true; } 2>/dev/null
  grep -q "killed by SIGSEGV" "$MEMORY/trace"
done
ls core* 2>/dev/null && exit 8
:
`;

describe.skipIf(lacking.length > 0)(
  `on a disk of its own${lacking.length > 0 ? ` (lacking: ${lacking.join(', ')})` : ''}`,
  () => {
    describe('controls: what the search must find', () => {
      test.each([
        ['a file that was written and deleted', 'printf %s "$CANARY" > f; rm f'],
        [
          'a write in two parts',
          'exec 5> f; printf %s "${CANARY:0:9}" >&5; printf %s "${CANARY:9}" >&5; exec 5>&-; rm f',
        ],
        [
          'a store into a mapped file',
          'truncate -s 4096 f; python3 -c "import mmap,os; f=open(\\"f\\",\\"r+b\\"); m=mmap.mmap(f.fileno(),4096); m[100:100+len(os.environ[\\"CANARY\\"])]=os.environ[\\"CANARY\\"].encode(); m.flush()"; rm f',
        ],
        [
          'a core dump',
          '{ ulimit -c unlimited; python3 -c "import os; os.abort()" || true; } 2>/dev/null; ls core* >/dev/null; rm -f core*',
        ],
        [
          'a large here-document of bash',
          'cat > /dev/null <<END\n$CANARY\n$(head -c 200000 /dev/zero | tr "\\\\0" x)\nEND',
        ],
      ])('%s', (_name, line) => {
        const proof = onOwnDisk(line);
        expect(proof.stderr).toBe('');
        expect(proof.status).toBe(0);
        expect(proof.found(CANARY)).toBe(true);
      });
    });

    const clean = (name: string, line: string, builds: readonly Build[] = ['standalone']) =>
      test.each(builds)(`${name} (%s)`, (build) => {
        const proof = onOwnDisk(`${SETUP}${line}`, BUILDS[build]);
        expect(proof.stderr).toBe('');
        expect(proof.status).toBe(0);
        expect(proof.found('profiles:')).toBe(true);
        expect([proof.found(CANARY), proof.found(CHANGED)]).toEqual([false, false]);
      });

    describe('what pqx leaves on the disk', () => {
      clean('exec, with variables, files and standard input', LAUNCHES, ['standalone', 'node']);
      clean('fixed paths, saved changes and masks', SUPERVISED, ['standalone', 'node']);
      clean('every word that handles values', WORDS);
      clean('a crash with keys in memory', CRASH);
    });
  },
);
