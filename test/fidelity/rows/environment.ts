/** The environment reaches the target byte for byte, but for what the launch sets and takes away. */
import { expect } from 'vitest';
import { inNode, prepared, type Section, withoutOwn } from '../compare.ts';

const ENVIRON = ['/bin/cat', '/proc/self/environ'];
const base64 = (entries: readonly string[]) =>
  entries.map((entry) => Buffer.from(entry, 'latin1').toString('base64'));
const odd = {
  'a.b': '1',
  'a-b': '2',
  'a b': '3',
  '1x': '4',
  ä: '5',
  'BASH_FUNC_f%%': '() { echo hi\n}',
  'npm_config_//x/:_y': '6',
  __proto__x: '7',
  constructor: '8',
  '7': '9',
};
const nul = (environ: string) => environ.split('\0').sort().join('\0');

export const ENVIRONMENT: Section = {
  title: 'Environment',
  rows: [
    {
      name: 'names that no shell would take',
      command: ENVIRON,
      env: odd,
      show: (all) => nul(withoutOwn(all)),
    },
    {
      name: '5,000 variables',
      command: ENVIRON,
      env: Object.fromEntries(
        Array.from({ length: 5000 }, (_, index) => [`VARIABLE_${index}`, `value ${index}`]),
      ),
      show: withoutOwn,
    },
    {
      name: 'what shells change: IFS, OPTIND, PWD, OLDPWD, _, SHLVL, PS1',
      command: ENVIRON,
      env: {
        IFS: 'x',
        OPTIND: '7',
        PWD: '/nowhere',
        OLDPWD: '/none',
        _: '/bin/other',
        SHLVL: '41',
        PS1: '>',
        ENV: '/x',
      },
      show: withoutOwn,
    },
    {
      name: 'what runtimes obey: BUN_*, NODE_*, and what is meant for the target',
      command: ENVIRON,
      env: {
        BUN_OPTIONS: '--preload /no/such.ts',
        BUN_BE_BUN: '1',
        NODE_ENV: 'production',
        NODE_PATH: '/no/such',
        NODE_NO_WARNINGS: '1',
        TZ: 'Asia/Tokyo',
        MALLOC_ARENA_MAX: '1',
        JSC_useJIT: '1',
      },
      show: withoutOwn,
    },
    {
      name: 'empty values, and values of several lines',
      command: ENVIRON,
      env: { EMPTY: '', LINES_: 'a\nb\n', EQUALS: '==' },
      show: withoutOwn,
    },
    {
      name: 'the longest variable that the system takes',
      command: ENVIRON,
      env: { LONG: 'x'.repeat(131_071 - 5) },
      show: withoutOwn,
    },
    {
      name: 'values that are not UTF-8',
      command: [],
      around: `X=$(printf 'a\\377b') Y=$(printf '\\300\\200') "$@" /bin/cat /proc/self/environ`,
      show: withoutOwn,
      losses: inNode({
        because: 'Node withholds a variable that is not UTF-8',
        expect: (through, direct) => {
          expect(direct.stdout).toContain('\0X=a\xffb\0');
          const kept = direct.stdout.split('\0').filter((entry) => !/^[XY]=/.test(entry));
          expect(through).toEqual({ ...direct, stdout: kept.join('\0') });
        },
      }),
    },
    {
      name: 'entries that are no variables, names twice, bytes that are not UTF-8 in names; the order',
      command: ENVIRON,
      around: prepared({
        environ: base64([
          'Z=1',
          'no equals sign',
          'A=first',
          '=',
          '==',
          'A=second',
          'B\xff=\xfe',
          '9=nine',
          'Z=2',
          '',
        ]),
        inherit: ['HOME', 'PATH'],
      }),
      needs: ['bun'],
      show: withoutOwn,
      losses: inNode({
        because: 'Node takes an environment of names and values in UTF-8, each name once',
        expect: (through, direct) => {
          const shown = (all: string) =>
            all
              .split('\0')
              .filter((entry) => !/^(HOME|PATH)=/.test(entry))
              .sort();
          expect(direct.stdout).toContain('\0B\xff=\xfe\0');
          expect(shown(through.stdout)).toEqual(['', '9=nine', '=', 'A=first', 'Z=1']);
        },
      }),
    },
  ],
};
