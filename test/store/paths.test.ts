import { expect, test } from 'vitest';
import { absoluteIn, configDir, directoryOf } from '../../src/store/paths.ts';
import { faultOf } from './sandbox.ts';

const envOf = (variables: Readonly<Record<string, string>>) => (name: string) => variables[name];

test.for([
  [{ HOME: '/home/u' }, '/home/u/.config/pqc-secrets'],
  [{ HOME: '/home/u/' }, '/home/u/.config/pqc-secrets'],
  [{ HOME: '/' }, '/.config/pqc-secrets'],
  [{ HOME: '/home/u', PQC_CONFIG_DIR: '' }, '/home/u/.config/pqc-secrets'],
  [{ HOME: '/home/u', PQC_CONFIG_DIR: '/etc/keys' }, '/etc/keys'],
  [{ PQC_CONFIG_DIR: '/etc/keys//' }, '/etc/keys'],
  [{ PQC_CONFIG_DIR: '/' }, '/'],
  [{ PQC_CONFIG_DIR: '/with space' }, '/with space'],
] as const)('%j names %s', ([variables, expected]) => {
  expect(configDir(envOf(variables))).toBe(expected);
});

test('a relative PQC_CONFIG_DIR is refused: it would mean another store in every directory', () => {
  expect(faultOf(() => configDir(envOf({ HOME: '/home/u', PQC_CONFIG_DIR: 'keys' })))).toEqual({
    code: 'store',
    message: 'PQC_CONFIG_DIR is not an absolute path: keys',
    hint: 'export PQC_CONFIG_DIR="$HOME/.config/pqc-secrets"',
  });
});

test.for([{}, { HOME: '' }, { HOME: 'home' }] as const)(
  'without a home, %j, it says how to go on',
  (variables) => {
    expect(faultOf(() => configDir(envOf(variables)))).toEqual({
      code: 'store',
      message: 'there is no home directory: HOME is not set to an absolute path',
      hint: 'export PQC_CONFIG_DIR=/path/to/a/private/directory',
    });
  },
);

test.for([
  ['/a/b', '/a'],
  ['/a', '/'],
  ['/', '/'],
  ['a/b', 'a'],
  ['a', '.'],
] as const)('%s stands in %s', ([path, directory]) => {
  expect(directoryOf(path)).toBe(directory);
});

test.for([
  ['/x/y', '/x/y'],
  ['y', '/base/y'],
  ['./y', '/base/y'],
  ['././/y', '/base/y'],
  ['../y', '/base/../y'],
] as const)('%s in /base is %s', ([path, expected]) => {
  expect(absoluteIn('/base', path)).toBe(expected);
});
