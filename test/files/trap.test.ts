/** Config files as the target and others find them, from its first instruction to after its last. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS } from '../support/programs.ts';
import { eventually, HAS_MEMORY, newPlace, PROFILES, recordedPid, SECRET } from './place.ts';

const uid = process.getuid?.() ?? 0;

describe.skipIf(!HAS_MEMORY).each(BUILD_NAMES)('%s', (build) => {
  test('the target reads them at the paths in its variables, and they are gone when it has ended', async () => {
    const place = newPlace();
    const line =
      'stat -c "%a %F" "$PGPASSFILE" "$APP_DIR" "$APP_DIR/.." "$APP_DIR/app.json"; cat "$PGPASSFILE" "$APP_DIR/app.json"; echo "$PGPASSFILE"; exit 7';
    const result = place.user.pqx(['-p', 't', 'sh', '-c', line], { build, env: place.env });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(7);
    const [file, files, directory, json, ...content] = result.stdout.split('\n');
    expect([file, files, directory, json]).toEqual([
      '600 regular file',
      '700 directory',
      '700 directory',
      '400 regular file',
    ]);
    expect(content.slice(0, 5)).toEqual([
      `h:5432:*:app:${SECRET}`,
      '{',
      `  "token": "${SECRET}",`,
      '  "port": 5432',
      '}',
    ]);
    const [path = ''] = content.slice(5);
    expect(path).toMatch(new RegExp(`^${place.path}/pqx-${uid}/[0-9a-f]{32}/files/pgpass$`));
    await eventually('the files are gone', () => !existsSync(`${place.path}/pqx-${uid}`));
  });

  test('the umask changes nothing of it, and the target keeps it', async () => {
    for (const umask of ['0', '0777']) {
      const place = newPlace();
      const line = `umask ${umask}; pqx -p t sh -c 'umask; stat -c %a "$PGPASSFILE" "$APP_DIR"'`;
      const result = place.user.shell(line, { build, env: place.env });
      expect(result.stdout).toBe(`0${umask.padStart(3, '0').slice(-3)}\n600\n700\n`);
    }
  });

  test('arguments of the profile name them', () => {
    const place = newPlace(
      `${PROFILES}    prepend: ["-c", 'echo "$0 $@"', "--file={{ file.pgpass }}", "{{ .Go }}"]\n`,
    );
    const result = place.user.ok(['-p', 't', 'sh', 'mine'], { build, env: place.env });
    expect(result.stdout).toMatch(/^--file=\/dev\/shm\/\S+\/files\/pgpass \{\{ \.Go \}\} mine\n$/);
  });

  test('the guard is nobody of the target, holds no secret and nothing of the caller', async () => {
    const place = newPlace();
    const child = place.start(['-p', 't', 'sleep', '60'], build);
    await eventually('the file is there', () => place.files().length === 2);
    const [directory = ''] = place.directories();
    await eventually(
      'the guard is recorded',
      () => existsSync(`${directory}/guard`) && readFileSync(`${directory}/guard`, 'utf8').endsWith('\n'),
    );
    const guard = recordedPid(directory, 'guard');
    expect(recordedPid(directory, 'pqx')).toBe(child.pid);
    await eventually(
      'the target has taken its place',
      () => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n',
    );

    const [, parent, , session] = readFileSync(`/proc/${guard}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    expect(parent).not.toBe(child.pid);
    expect(session).not.toBe(child.pid);
    for (const name of ['cmdline', 'environ'])
      expect(readFileSync(`/proc/${guard}/${name}`, 'latin1')).not.toContain('canary');
    expect(readFileSync(`/proc/${guard}/environ`, 'latin1')).not.toContain('PQC_CONFIG_DIR');
    for (const descriptor of [0, 1, 2])
      expect(readlinkSync(`/proc/${guard}/fd/${descriptor}`)).toBe('/dev/null');
    expect(readlinkSync(`/proc/${guard}/cwd`)).toBe('/');
    expect(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()).toBe('');

    // What ends sessions and machines does not end the guard before the target.
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) process.kill(guard, signal);
    child.kill('SIGTERM');
    await eventually('the files are gone', () => place.directories().length === 0);
  });

  test('what the target closes is closed: the guard holds nothing of the caller', () => {
    const place = newPlace();
    const target = 'exec 17>&-; for i in {1..400}; do [ -e eof ] && exit 5; sleep 0.05; done';
    const line = `mkfifo p; (cat p >/dev/null; : > eof) & pqx -p t bash -c '${target}' 17> p`;
    expect(place.user.shell(line, { build, env: place.env }).status).toBe(5);
  });

  test('a target that cannot be started leaves nothing', async () => {
    const place = newPlace();
    const file = place.user.write('broken', '#!/no/such/interpreter\n', 0o755);
    expect(place.user.pqx(['-p', 't', file], { build, env: place.env }).status).toBe(127);
    await eventually('the files are gone', () => !existsSync(`${place.path}/pqx-${uid}`));
  });

  test('a key that is not there: nothing is made', async () => {
    const place = newPlace(PROFILES.replace('PG | pgpass', 'PX | pgpass'));
    const result = place.user.pqx(['-p', 't', 'true'], { build, env: place.env });
    expect(result.status).toBe(125);
    expect(result.stderr).toContain(
      'the bundle has no key PX, which the file pgpass of the profile t grants; the nearest is PG',
    );
    await eventually('the directory is gone', () => !existsSync(`${place.path}/pqx-${uid}`));
  });

  test('a value of several lines in a template is refused, by name and not by value', () => {
    const place = newPlace(PROFILES.replace('{{ PG | pgpass }}', '{{ PG }}'));
    place.user.ok(['pack', '--replace'], { input: `PG="two\\nlines-${SECRET}"\n` });
    const result = place.user.pqx(['-p', 't', 'true'], { build, env: place.env });
    expect(result.status).toBe(125);
    expect(result.stderr).toBe(
      'pqx: the value of PG has several lines, and its place in the template no filter\n  hint: {{ PG | json }}, or {{ PG | raw }} to put it in as it is\n',
    );
  });

  test.each([
    [
      'a link',
      (path: string) => symlinkSync(mkdirSync(`${path}-elsewhere`, { recursive: true }) ?? '', path),
      'is a symbolic link',
    ],
    ['a file', (path: string) => writeFileSync(path, ''), 'is no directory'],
    ['a directory open to others', (path: string) => mkdirSync(path, { mode: 0o755 }), 'is open to others'],
  ])('%s in the way is refused, and nothing laid there', (_name, make, why) => {
    const place = newPlace();
    const own = `${place.path}/pqx-${uid}`;
    make(own);
    const before = lstatSync(own).mtimeMs;
    const result = place.user.pqx(['-p', 't', 'echo', 'started'], { build, env: place.env });
    expect(result.status).toBe(125);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(`pqx: ${own} ${why}, and config files are not laid there\n  hint: `);
    expect(place.directories()).toEqual([]);
    expect(lstatSync(own).mtimeMs).toBe(before);
  });

  test('a directory that the tool fills goes with all that is in it', async () => {
    const place = newPlace();
    const line =
      'mkdir -p "$APP_DIR/cache/deep"; echo x > "$APP_DIR/cache/deep/file"; ln -s /etc/passwd "$APP_DIR/link"';
    place.user.ok(['-p', 't', 'sh', '-c', line], { build, env: place.env });
    await eventually('the files are gone', () => !existsSync(`${place.path}/pqx-${uid}`));
    expect(existsSync('/etc/passwd')).toBe(true);
  });

  test('explain says where, of which keys, and that it is an exec', () => {
    const place = newPlace();
    const text = place.user.ok(['explain', '-p', 't', 'sleep', '1'], { build, env: place.env }).stdout;
    expect(text).toContain(`${place.path}/pqx-${uid}/…/files/pgpass = template of key PG (0600)`);
    expect(text).toContain(`${place.path}/pqx-${uid}/…/files/app.json = json of key PG (0400)`);
    expect(text).toContain(`APP_DIR = ${place.path}/pqx-${uid}/…/files\n`);
    const json: unknown = JSON.parse(
      place.user.ok(['explain', '--json', '-p', 't', 'sleep', '1'], { build, env: place.env }).stdout,
    );
    expect(json).toMatchObject({
      start: { how: 'exec' },
      files: [
        { name: 'pgpass', kind: 'template', keys: ['PG'], mode: '0600' },
        { name: 'app.json', mode: '0400' },
      ],
    });
    expect(text + JSON.stringify(json)).not.toContain('canary');
    expect(existsSync(`${place.path}/pqx-${uid}`)).toBe(false);
  });
});

describe.skipIf(!HAS_MEMORY)('signals of the caller (standalone)', () => {
  test('a SIGCHLD that the caller ignores stays ignored; one that it blocks does not wait for the target', () => {
    const place = newPlace();
    const signals = (option: string) => {
      const result = place.user.shell(
        `env ${option} ${BUILDS.standalone[0]} -p t grep -E "Sig|Shd" /proc/self/status`,
        { env: place.env },
      );
      expect(result.status).toBe(0);
      return new Map(
        result.stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/:\s*/) as [string, string]),
      );
    };
    const child = 1n << 16n;
    const bits = (of: Map<string, string>, name: string) => BigInt(`0x${of.get(name) ?? '0'}`) & child;
    expect(bits(signals('--ignore-signal=CHLD'), 'SigIgn')).toBe(child);
    const blocked = signals('--block-signal=CHLD');
    expect([bits(blocked, 'SigBlk'), bits(blocked, 'SigPnd'), bits(blocked, 'ShdPnd')]).toEqual([
      child,
      0n,
      0n,
    ]);
  });
});
