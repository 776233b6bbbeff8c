/** Files at the path where a tool looks for them, and what the tool changes in them. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS } from '../support/programs.ts';
import { endOf, eventually, HAS_MEMORY, newPlace, type Place, recordedPid, SECRET } from './place.ts';

const PROFILES = `version: 1
profiles:
  at:
    files: { auth: { content: { key: PG }, at: ~/.tool/deep/auth.json, env: AUTH } }
  save:
    files: { auth: { content: { key: PG }, at: ~/.tool/deep/auth.json, env: AUTH, save: true } }
  kept:
    files: { auth: { content: { key: PG }, env: AUTH, save: true } }
`;

const linkOf = (place: Place) => `${place.user.home}/.tool/deep/auth.json`;
const stands = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A target that waits for a file named `go` in the home, and then does what `then` says. */
const waiting = (go: string, then = ':') => [
  'sh',
  '-c',
  `: > ready-${go}; until [ -e ${go} ]; do sleep 0.02; done; ${then}`,
];
const go = (place: Place, name: string) => place.user.write(name, '');
const ready = (place: Place, name: string) =>
  eventually(`${name} runs`, () => existsSync(`${place.user.home}/ready-${name}`));
const gone = (place: Place) =>
  eventually('everything is gone', () => place.directories().length === 0 && !stands(linkOf(place)));

describe.skipIf(!HAS_MEMORY).each(BUILD_NAMES)('%s', (build) => {
  const start = (place: Place, profile: string, name: string, then?: string) =>
    place.start(['-p', profile, ...waiting(name, then)], build);

  test('the file is there by a link, for as long as the target runs; the status is the target’s', async () => {
    const place = newPlace(PROFILES);
    const line =
      'cat ~/.tool/deep/auth.json; echo; readlink ~/.tool/deep/auth.json; echo "$AUTH"; stat -c %a ~/.tool ~/.tool/deep; exit 9';
    const result = place.user.pqx(['-p', 'at', 'sh', '-c', line], { build, env: place.env });
    const [content, target, path, ...modes] = result.stdout.split('\n');
    expect([result.status, result.stderr, content]).toEqual([9, '', SECRET]);
    expect(target).toBe(path);
    expect(modes).toEqual(['700', '700', '']);
    expect(stands(linkOf(place))).toBe(false);
    expect(place.directories()).toEqual([]);
  });

  test('a regular file in the way is never touched, and the hint moves it into the bundle', () => {
    const place = newPlace(PROFILES);
    const path = place.user.write('.tool/deep/auth.json', 'what the tool\nhad\n');
    const refused = place.user.pqx(['-p', 'at', 'echo', 'started'], { build, env: place.env });
    expect([refused.status, refused.stdout]).toEqual([125, '']);
    const hint = `pqx set PG --exact < ${path} && rm ${path}`;
    expect(refused.stderr).toBe(
      `pqx: ${path} is a regular file, with what is secret in it on the disk\n  hint: ${hint}   moves it into the bundle\n`,
    );
    expect(readFileSync(path, 'utf8')).toBe('what the tool\nhad\n');

    expect(place.user.shell(hint, { build }).status).toBe(0);
    expect(place.user.ok(['-p', 'at', 'cat', path], { build, env: place.env }).stdout).toBe(
      'what the tool\nhad\n',
    );
  });

  test('a link of somebody else and a directory are refused too', () => {
    const place = newPlace(PROFILES);
    mkdirSync(`${place.user.home}/.tool/deep`, { recursive: true });
    symlinkSync('/etc/hostname', linkOf(place));
    expect(place.user.pqx(['-p', 'at', 'true'], { build, env: place.env }).stderr).toContain(
      'is a symbolic link that pqx has not made',
    );
    expect(readlinkSync(linkOf(place))).toBe('/etc/hostname');
    renameSync(linkOf(place), `${linkOf(place)}.old`);
    mkdirSync(linkOf(place));
    expect(place.user.pqx(['-p', 'at', 'true'], { build, env: place.env })).toMatchObject({ status: 125 });
  });

  test('two launches share it, and the last one out removes it', async () => {
    for (const order of [
      ['one', 'two'],
      ['two', 'one'],
    ]) {
      const place = newPlace(PROFILES);
      const launches = new Map([['one', start(place, 'at', 'one')]]);
      await ready(place, 'one');
      launches.set('two', start(place, 'at', 'two', 'cat ~/.tool/deep/auth.json > seen'));
      await ready(place, 'two');
      expect(place.files()).toHaveLength(2);
      const [first = '', second = ''] = order;
      go(place, first);
      expect(await endOf(launches.get(first) ?? place.start([]))).toBe(0);
      expect(readFileSync(linkOf(place), 'utf8')).toBe(SECRET);
      go(place, second);
      expect(await endOf(launches.get(second) ?? place.start([]))).toBe(0);
      expect(readFileSync(`${place.user.home}/seen`, 'utf8')).toBe(SECRET);
      await gone(place);
    }
  });

  test('another content is refused, naming who has the path', async () => {
    const place = newPlace(PROFILES);
    const first = start(place, 'at', 'one');
    await ready(place, 'one');
    place.user.ok(['set', 'PG'], { input: 'another' });
    const refused = place.user.pqx(['-p', 'at', 'true'], { build, env: place.env });
    expect(refused.status).toBe(125);
    expect(refused.stderr).toMatch(
      /^pqx: another launch \(pid \d+\) has other content at \S+\n {2}hint: ps -p \d+ /,
    );
    const named = Number(/pid (\d+)/.exec(refused.stderr)?.[1]);
    expect([
      first.pid,
      recordedPid(readlinkSync(linkOf(place)).replace(/\/files\/auth$/, ''), 'target'),
    ]).toContain(named);
    expect(readFileSync(linkOf(place), 'utf8')).toBe(SECRET);
    go(place, 'one');
    await endOf(first);
    await gone(place);
  });

  test('what the target writes into it goes into the bundle, what it leaves does not touch the bundle', async () => {
    for (const [profile, path] of [
      ['save', '~/.tool/deep/auth.json'],
      ['kept', '"$AUTH"'],
    ] as const) {
      const place = newPlace(PROFILES);
      const bundle = `${place.user.config}/secrets.bundle.json`;
      const before = readFileSync(bundle, 'utf8');
      place.user.ok(['-p', profile, 'sh', '-c', `cat ${path}`], { build, env: place.env });
      expect(readFileSync(bundle, 'utf8')).toBe(before);
      const result = place.user.pqx(['-p', profile, 'sh', '-c', `printf 'new\\n\\n' > ${path}; exit 3`], {
        build,
        env: place.env,
      });
      expect([result.status, result.stdout]).toEqual([3, '']);
      expect(place.user.ok(['get', 'PG']).stdout).toBe('new\n\n');
      expect(place.user.ok(['get', 'OTHER']).stdout).toBe(`other-${SECRET}`);
      await gone(place);
    }
  });

  test('emptied, as by a program that crashed while it wrote: the former value stays, and the hint empties it', async () => {
    for (const [profile, line] of [
      ['save', ': > ~/.tool/deep/auth.json'],
      ['save', 'rm ~/.tool/deep/auth.json; : > ~/.tool/deep/auth.json'],
      ['kept', ': > "$AUTH"'],
    ] as const) {
      const place = newPlace(PROFILES);
      const { status, stderr } = place.user.pqx(['-p', profile, 'sh', '-c', `${line}; exit 4`], {
        build,
        env: place.env,
      });
      expect(status).toBe(4);
      expect(stderr).toContain(' is empty now, and PG keeps its former value\n');
      expect(place.user.ok(['get', 'PG']).stdout).toBe(SECRET);
      await gone(place);
      const hint = /^ {2}hint: (.+?) {3}/m.exec(stderr)?.[1] ?? '';
      expect(place.user.shell(hint, { build }).status).toBe(0);
      expect(place.user.ok(['get', 'PG']).stdout).toBe('');
    }
  });

  test('a tool that writes anew and renames: saved, and no plaintext stays', async () => {
    const place = newPlace(PROFILES);
    const line = 'printf rewritten > ~/.tool/deep/tmp && mv ~/.tool/deep/tmp ~/.tool/deep/auth.json';
    place.user.ok(['-p', 'save', 'sh', '-c', line], { build, env: place.env });
    expect(place.user.ok(['get', 'PG']).stdout).toBe('rewritten');
    await gone(place);
  });

  test('the same while another launch shares it: the other finds the link again, and what was written', async () => {
    const place = newPlace(PROFILES);
    const writer = start(
      place,
      'save',
      'one',
      'printf rewritten > ~/.tool/deep/tmp; mv ~/.tool/deep/tmp ~/.tool/deep/auth.json',
    );
    await ready(place, 'one');
    const reader = start(place, 'save', 'two', 'cat ~/.tool/deep/auth.json > seen');
    await ready(place, 'two');
    go(place, 'one');
    await endOf(writer);
    expect(lstatSync(linkOf(place)).isSymbolicLink()).toBe(true);
    go(place, 'two');
    await endOf(reader);
    expect(readFileSync(`${place.user.home}/seen`, 'utf8')).toBe('rewritten');
    expect(place.user.ok(['get', 'PG']).stdout).toBe('rewritten');
    await gone(place);
  });

  test('without `save` a change is said to be lost, and a regular file to be plaintext on the disk', async () => {
    const place = newPlace(PROFILES);
    const lost = place.user.pqx(['-p', 'at', 'sh', '-c', 'echo x >> ~/.tool/deep/auth.json; exit 4'], {
      build,
      env: place.env,
    });
    expect([lost.status, lost.stderr]).toEqual([
      4,
      `pqx: ${linkOf(place)} was changed, and the change is lost\n  hint: content: { key: … } with save: true   keeps changes\n`,
    ]);
    await gone(place);

    const left = place.user.pqx(['-p', 'at', 'sh', '-c', 'echo x > t; mv t ~/.tool/deep/auth.json'], {
      build,
      env: place.env,
    });
    expect([left.status, left.stderr.split('\n')[0]]).toEqual([
      0,
      `pqx: ${linkOf(place)} is a regular file now, plaintext on the disk that the program wrote`,
    ]);
    expect(readFileSync(linkOf(place), 'utf8')).toBe('x\n');
    expect(place.user.ok(['get', 'PG']).stdout).toBe(SECRET);
  });

  test('what no bundle may hold is not saved, and said', () => {
    const place = newPlace(PROFILES);
    const result = place.user.pqx(['-p', 'save', 'sh', '-c', 'printf "a\\000b" > "$AUTH"; exit 6'], {
      build,
      env: place.env,
    });
    expect(result.status).toBe(6);
    expect(result.stderr).toContain(`pqx: what changed in ${linkOf(place)} is not in the bundle: `);
    expect(place.user.ok(['get', 'PG']).stdout).toBe(SECRET);
  });

  test('SIGKILL to pqx alone: the target keeps its file to its end, and then file and link go', async () => {
    const place = newPlace(PROFILES);
    const pqx = start(place, 'at', 'one', 'cat ~/.tool/deep/auth.json > seen');
    await ready(place, 'one');
    const [directory = ''] = place.directories();
    await eventually('the target is recorded', () => existsSync(`${directory}/target`));
    const target = recordedPid(directory, 'target');
    pqx.kill('SIGKILL');
    expect(await endOf(pqx)).toBe('SIGKILL');
    place.user.ok(['gc'], { build, env: place.env });
    expect(readFileSync(linkOf(place), 'utf8')).toBe(SECRET);
    go(place, 'one');
    await eventually(
      'the target has ended',
      () =>
        !existsSync(`/proc/${target}/stat`) || /\) Z /.test(readFileSync(`/proc/${target}/stat`, 'latin1')),
    );
    await gone(place);
    expect(readFileSync(`${place.user.home}/seen`, 'utf8')).toBe(SECRET);
  });

  test('a dangling link that a crash left, the guard killed too, is known as ours: the next launch replaces it', async () => {
    const place = newPlace(PROFILES);
    const pqx = start(place, 'at', 'one');
    await ready(place, 'one');
    const [directory = ''] = place.directories();
    await eventually(
      'all are recorded',
      () => existsSync(`${directory}/target`) && existsSync(`${directory}/guard`),
    );
    for (const role of ['guard', 'pqx', 'target'] as const)
      process.kill(recordedPid(directory, role), 'SIGKILL');
    await endOf(pqx);
    expect(lstatSync(linkOf(place)).isSymbolicLink()).toBe(true);
    expect(place.user.ok(['-p', 'at', 'cat', linkOf(place)], { build, env: place.env }).stdout).toBe(SECRET);
    await gone(place);
  });

  test('explain says that pqx waits, and why', () => {
    const place = newPlace(PROFILES);
    const text = place.user.ok(['explain', '-p', 'save', 'true'], { build, env: place.env }).stdout;
    expect(text).toContain(`content of key PG (0600), linked at ${linkOf(place)}, saved when it ends\n`);
    expect(text).toContain(`start     supervise: ${linkOf(place)} is taken back when it ends\n`);
  });
});

const CALLS = [
  'symlink',
  'rename',
  'link,linkat',
  'unlink',
  'flock',
  'vfork,clone,clone3',
  'fchmod',
  'mkdir',
  'wait4',
  'rt_sigaction',
];
const canTrace = spawnSync('strace', ['-V']).status === 0;

describe.skipIf(!HAS_MEMORY || !canTrace)('a pqx that is killed over it (standalone, strace)', () => {
  test.each(CALLS)('at every %s', async (call) => {
    const place = newPlace(PROFILES);
    const step = call === 'rt_sigaction' ? 5 : 1;
    for (let when = 1; when < 200; when += step) {
      const args = [
        '-qq',
        '-o',
        '/dev/null',
        `--inject=${call}:signal=KILL:when=${when}`,
        ...BUILDS.standalone,
      ];
      const result = spawnSync('strace', [...args, '-p', 'save', 'sh', '-c', 'cat ~/.tool/deep/auth.json'], {
        env: place.env,
        cwd: place.user.home,
      });
      if (result.signal === null && result.status === 0) break;
      await eventually('no file is left', () => place.files().length === 0);
      // At most a link that points nowhere.
      expect(existsSync(linkOf(place))).toBe(false);
    }
    expect(
      place.user.ok(['-p', 'save', 'sh', '-c', 'cat ~/.tool/deep/auth.json'], { env: place.env }).stdout,
    ).toBe(SECRET);
    await gone(place);
  });
});
