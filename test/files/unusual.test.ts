/** Places that are full, on a disk, another user's or another kernel view's; a system without a shell. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUILD_NAMES, BUILDS, type Build } from '../support/programs.ts';
import { eventually, HAS_MEMORY, newPlace, type Place, SECRET } from './place.ts';

const uid = process.getuid?.() ?? 0;
const NOBODY = 65534;
const disk = [tmpdir(), '/var/tmp'].find((path) => statfsSync(path).type !== 0x01021994);
const lacking = [
  ...(uid === 0 ? [] : ['root']),
  ...['unshare', 'mount', 'setpriv'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  ),
];
const why = lacking.length === 0 ? '' : ` (lacking: ${lacking.join(', ')})`;

/** Runs a line of bash, in which `pqx` is the build, in a mount namespace of its own. */
function apart(place: Place, build: Build, line: string, env: Readonly<Record<string, string>> = {}) {
  const whole = `pqx() { ${BUILDS[build].map((part) => `'${part}'`).join(' ')} "$@"; }\n${line}`;
  return spawnSync('unshare', ['-m', '--propagation', 'private', 'bash', '-c', whole], {
    env: { ...place.env, ...env },
    cwd: place.user.home,
    encoding: 'utf8',
  });
}

function onDisk(): string {
  const path = mkdtempSync(`${disk}/pqx-disk-`);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe.skipIf(!HAS_MEMORY || disk === undefined).each(BUILD_NAMES)('%s', (build) => {
  test('a runtime directory that lies on a disk is passed over, whatever its name', () => {
    const place = newPlace();
    const path = onDisk();
    const line = ['-p', 't', 'sh', '-c', 'echo "$PGPASSFILE"'];
    const { stdout } = place.user.ok(line, { build, env: { ...place.env, XDG_RUNTIME_DIR: path } });
    expect(stdout).toMatch(new RegExp(`^/dev/shm/pqx-${uid}/[0-9a-f]{32}/files/pgpass\n$`));
    expect(readdirSync(path)).toEqual([]);
  });
});

describe.skipIf(!HAS_MEMORY || disk === undefined || lacking.length > 0).each(BUILD_NAMES)(
  `%s${why}`,
  (build) => {
    test('nothing but disks: refused, nothing started and nothing written', () => {
      const place = newPlace();
      const path = onDisk();
      const result = apart(place, build, 'mount --bind "$XDG_RUNTIME_DIR" /dev/shm; pqx -p t echo started', {
        XDG_RUNTIME_DIR: path,
      });
      expect([result.status, result.stdout]).toEqual([125, '']);
      expect(result.stderr).toMatch(
        /^pqx: there is no file system in memory for config files, and they never go to a disk\n {2}hint: findmnt /,
      );
      expect(readdirSync(path)).toEqual([]);
      const explained = apart(
        place,
        build,
        'mount --bind "$XDG_RUNTIME_DIR" /dev/shm; pqx explain -p t true',
        { XDG_RUNTIME_DIR: path },
      );
      expect(explained.status).toBe(1);
      expect(explained.stdout).toContain('problem   there is no file system in memory');
    });

    test('a full one: refused, with what shows it, and nothing stays', () => {
      const place = newPlace();
      place.user.ok(['set', 'PG'], { input: 'x'.repeat(200_000) });
      const line =
        'mount -t tmpfs -o size=64k,mode=0700 tmpfs "$XDG_RUNTIME_DIR"; pqx -p t echo started; s=$?; for i in {1..1000}; do [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] && exit $s; sleep 0.02; done; exit 1';
      const result = apart(place, build, line);
      expect([result.status, result.stdout]).toEqual([125, '']);
      expect(result.stderr).toMatch(
        /^pqx: the config file \S+\/files\/pgpass could not be written \(ENOSPC\)\n {2}hint: df /,
      );
    });

    test('without a shell the guard is started by pqx itself, and is still nobody of the target', async () => {
      const place = newPlace();
      place.user.write('no-shell', '', 0o644);
      const line =
        'mount --bind no-shell "$(readlink -f /bin/sh)"; pqx -p t bash -c \'cat "$PGPASSFILE"; cat /proc/$$/task/$$/children\'';
      const result = apart(place, build, line);
      expect(result.stderr).toBe('');
      // Bash becomes the last cat, and has started nothing.
      expect(result.stdout).toMatch(new RegExp(`^h:5432:\\*:app:${SECRET}\n$`));
      await eventually('the files are gone', () => place.directories().length === 0);
    });

    test('a launch of another pid namespace is left alone, from both sides', () => {
      const place = newPlace();
      const inside = `unshare -pf --mount-proc bash -c '${BUILDS[build].join(' ')} -p t sleep 60 & until ls /dev/shm/*/*/files/pgpass >/dev/null 2>&1; do sleep 0.02; done; : > started; until [ -e seen ]; do sleep 0.02; done; kill %1; while ls /dev/shm/*/*/files/pgpass >/dev/null 2>&1; do sleep 0.02; done' &`;
      // Alone in what is /dev/shm here, so that the counts are exact.
      const line = `mount --bind "$XDG_RUNTIME_DIR" /dev/shm; unset XDG_RUNTIME_DIR
      ${inside}
      until [ -e started ]; do sleep 0.02; done; pqx gc; ls /dev/shm/*/*/files | grep -c pgpass; : > seen; wait
      ${BUILDS[build].join(' ')} -p t sleep 60 & until ls /dev/shm/*/*/files/pgpass >/dev/null 2>&1; do sleep 0.02; done
      unshare -pf --mount-proc ${BUILDS[build].join(' ')} gc; kill $!; wait`;
      const { stdout } = apart(place, build, line);
      const seen = '0 removed, 0 in use, 1 of other pid namespaces';
      expect(stdout.trim().split('\n')).toEqual([seen, '1', seen]);
    });

    /** As a plain user, in a place that all write and none clears of others' things, as /dev/shm is. */
    function plain(): {
      readonly place: Place;
      readonly own: string;
      run(line: string): ReturnType<typeof apart>;
    } {
      const place = newPlace();
      chmodSync(place.path, 0o1777);
      spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, place.user.home]);
      const own = `${place.path}/pqx-${NOBODY}`;
      const drop = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
      return {
        place,
        own,
        run: (line) => apart(place, build, `pqx() { ${drop} ${BUILDS[build].join(' ')} "$@"; }; ${line}`),
      };
    }

    test('a plain user: as for root, and directories that a tool has closed go too', async () => {
      const { own, run } = plain();
      const target =
        'cat "$PGPASSFILE"; stat -c %u "$PGPASSFILE"; mkdir "$APP_DIR/closed"; : > "$APP_DIR/closed/x"; chmod 0 "$APP_DIR/closed"';
      const result = run(`pqx -p t sh -c '${target}'`);
      expect([result.stderr, result.stdout]).toEqual(['', `h:5432:*:app:${SECRET}\n${NOBODY}\n`]);
      await eventually('the files are gone', () => !existsSync(own));
    });

    test('the name taken by another user before: refused, and nothing laid there', () => {
      const { own, run } = plain();
      mkdirSync(own, { mode: 0o777 });
      chmodSync(own, 0o777);
      const result = run('pqx -p t echo started');
      expect([result.status, result.stdout]).toEqual([125, '']);
      expect(result.stderr).toContain(`pqx: ${own} belongs to user 0, and config files are not laid there\n`);
      expect(readdirSync(own)).toEqual([]);
      chownSync(own, NOBODY, NOBODY);
      expect(run('pqx -p t echo started').stderr).toContain('is open to others');
    });
  },
);
