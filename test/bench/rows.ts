/** What is measured: programs that start `/bin/true`, each compared with another of the same run. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileStandalone, findBun } from '../../src/build/build.ts';
import { BUILDS, type User, userIn } from '../support/programs.ts';

export interface Row {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The row that this one is compared with. */
  readonly against: string;
  /** The budget, as a multiple of `against`. */
  readonly most?: number;
}

export const FLOOR = 'floor: empty standalone';
export const NODE = 'node -e 0';
/** The row that stands for pqx in what is measured besides the time of one launch. */
export const ORDINARY = 'pqx, v2, 24 keys, 3 granted';

const GRANTS = 'env: { A: BENCH_KEY_0, B: BENCH_KEY_1, C: BENCH_KEY_2 }';
const LAUNCH = ['-p', 'bench', '/bin/true'];

/** The rows of pqx and what they are measured by; `scratch` is removed by the caller. */
export function ownRows(scratch: string): {
  readonly rows: readonly Row[];
  readonly absent: readonly string[];
} {
  const absent: string[] = [];
  const rows: Row[] = [];
  const bun = findBun();
  if (bun === undefined) absent.push('the floor: Bun has no build for this platform');
  else {
    const empty = join(scratch, 'empty.ts');
    writeFileSync(empty, '');
    compileStandalone(bun, empty, join(scratch, 'compiled'));
    rows.push({
      name: FLOOR,
      command: [copied(join(scratch, 'compiled'), scratch, 'empty')],
      against: FLOOR,
    });
  }
  rows.push({ name: '/usr/bin/env true', command: ['/usr/bin/env', 'true'], against: FLOOR });
  rows.push({ name: NODE, command: [process.execPath, '-e', '0'], against: NODE });

  const pqx = copied(BUILDS.standalone[0], scratch, 'pqx');
  const v1 = store(scratch, { name: 'v1', format: 'v1', keys: 24 });
  const v2 = store(scratch, { name: 'v2', format: 'v2', keys: 24 });
  const standalone = (name: string, user: User, against: string, most: number, launch = LAUNCH) =>
    rows.push({
      name,
      command: [pqx, ...launch],
      env: user.env,
      cwd: user.home,
      against,
      most,
    });
  standalone(ORDINARY, v2, FLOOR, 2.0);
  standalone('pqx, v1, 24 keys, 3 granted', v1, FLOOR, 2.2);
  standalone(
    'pqx, v2, 10,000 keys, 3 granted',
    store(scratch, { name: 'v2-large', format: 'v2', keys: 10_000 }),
    ORDINARY,
    3,
  );
  standalone(
    'pqx, v2, 1,000 profiles',
    store(scratch, { name: 'profiles', format: 'v2', keys: 24, profiles: 1000 }),
    ORDINARY,
    2,
  );
  standalone('pqx, v2, mask: a child, its output filtered', v2, FLOOR, 3.5, ['-p', 'masked', '/bin/true']);
  standalone('pqx, v2, one config file', v2, FLOOR, 2.8, ['-p', 'file', '/bin/true']);
  for (const [name, user] of [
    ['v2', v2],
    ['v1', v1],
  ] as const) {
    const command = [...BUILDS.node, ...LAUNCH];
    rows.push({
      name: `pqx on Node, ${name}, 24 keys, 3 granted`,
      command,
      env: user.env,
      cwd: user.home,
      against: NODE,
      most: 1.5,
    });
  }
  return { rows, absent };
}

/** A copy: how a file came to be there decides how fast its pages are mapped, so what is compared is made alike. */
function copied(path: string, directory: string, name: string): string {
  const copy = join(directory, name);
  copyFileSync(path, copy);
  return copy;
}

interface Store {
  readonly name: string;
  readonly format: 'v1' | 'v2';
  readonly keys: number;
  /** Profiles besides the one that is launched. */
  readonly profiles?: number;
}

/** A user with a bundle of `keys` keys, 3 of which a profile grants, and who has launched it once. */
function store(scratch: string, { name, format, keys, profiles = 2 }: Store): User {
  const home = join(scratch, name);
  mkdirSync(home);
  const user = userIn(home);
  user.ok(['keygen']);
  const lines = Array.from({ length: keys }, (_, index) => `BENCH_KEY_${index}=${'v'.repeat(40)}${index}\n`);
  user.ok(['pack', '--bundle-format', format], { input: lines.join('') });
  const others = Array.from(
    { length: profiles },
    (_, index) => `  p${index}: { command: tool-${index}, ${GRANTS} }\n`,
  );
  const files = 'files: { c: { template: "{{ BENCH_KEY_0 }}", env: FILE } }';
  user.write(
    '.config/pqc-secrets/profiles.yaml',
    `version: 1\nprofiles:\n  bench: { command: /bin/true, ${GRANTS} }\n  file: { ${files} }\n  masked: { mask: true, ${GRANTS} }\n${others.join('')}`,
  );
  user.ok(LAUNCH);
  return user;
}
