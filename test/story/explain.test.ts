/** What `explain --json` says and what the launch then does are the same, whatever profiles, arguments and environment are. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { BUILD_NAMES, type Result, type User } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

const SECRETS: Readonly<Record<string, string>> = {
  KEY_A: 'value-a',
  KEY_B: 'value b\nof two lines',
  AWS_ID: 'value=aws',
  AWS_SECRET: '"quoted" $HOME {{ KEY_A }}',
  NODE_OPTIONS: '--steers',
};
const KEYS = [...Object.keys(SECRETS), 'KEY_MISSING'];

/** The length of the kernel's record of the arguments, that record, and the one of the environment. */
const TOOL = '#!/bin/sh\nwc -c < /proc/$$/cmdline\ncat /proc/$$/cmdline /proc/$$/environ\n';

interface Started {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function startedAs({ bytes }: Result): Started {
  const end = bytes.indexOf(0x0a);
  const length = Number(bytes.subarray(0, end).toString('latin1'));
  const record = bytes.subarray(end + 1);
  const split = (part: Buffer) => part.toString('utf8').split('\0').slice(0, -1);
  const [, , ...args] = split(record.subarray(0, length));
  const entries = split(record.subarray(length)).map((entry): [string, string] => {
    const equals = entry.indexOf('=', 1);
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return { args, env: Object.fromEntries(entries) };
}

interface Explained {
  readonly would_start: boolean;
  readonly problem: string | null;
  readonly profile: { readonly name: string } | null;
  readonly arguments: readonly string[];
  readonly inherited: readonly string[];
  readonly withheld: readonly { readonly name: string }[];
  readonly unset: readonly string[];
  readonly variables: readonly {
    readonly variable: string;
    readonly key?: string;
    readonly value?: string;
    readonly template?: string;
  }[];
}

/** The environment that the document promises. */
function promised(document: Explained, caller: Readonly<Record<string, string>>): Record<string, string> {
  const granted = document.variables.map(({ variable, key, value, template }): [string, string] => [
    variable,
    value ?? (key === undefined ? expand(template ?? '') : (SECRETS[key] ?? '?')),
  ]);
  return {
    ...Object.fromEntries(document.inherited.map((name) => [name, caller[name] ?? '?'])),
    ...Object.fromEntries(granted),
    ...(document.profile === null ? {} : { PQX_PROFILE: document.profile.name }),
    PQX_GRANTED: document.variables
      .filter(({ value }) => value === undefined)
      .map(({ variable }) => variable)
      .join(','),
  };
}

function expand(template: string): string {
  return template.replace(/\{\{ (\w+) \}\}/g, (_, key: string) => SECRETS[key] ?? '?');
}

const variable = fc.constantFrom('A', 'B', 'C', 'AWS_ID', 'CALLER_TOKEN', 'PATHLIKE');
const source = fc.oneof(
  fc.constantFrom(...KEYS.slice(0, 4)),
  fc.record({ key: fc.constantFrom(...KEYS), optional: fc.constant(true) }),
  fc.record({ value: fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0')) }),
  fc.constant({ template: 'x{{ KEY_A }}y' }),
  fc.constant({ unset: true }),
);
const profile = fc.record(
  {
    command: fc.constantFrom(
      'tool',
      't*',
      '{tool,other}',
      'other',
      ['tool', '!t*'],
      '~/bin/tool',
      '/nowhere/tool',
    ),
    args: fc.constantFrom([], ['run **'], ['**'], ['* *'], ['a', 'run'], ['!run **'], ['-*']),
    extends: fc.constant('base'),
    env: fc.dictionary(variable, source, { maxKeys: 4 }),
    keys: fc.constantFrom(['AWS_*'], ['*'], ['*', '!KEY_*'], ['KEY_A'], ['NONE_*']),
    inherit: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('safe', 'all') },
      fc.constantFrom('minimal', ['CALLER_*', 'PATH'], ['*', '!X']),
    ),
    prepend: fc.constantFrom(['--first'], ['']),
    append: fc.constantFrom(['last one']),
  },
  { requiredKeys: [] },
);
const profiles = fc
  .uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'tool'), profile), {
    selector: ([name]) => name,
    minLength: 1,
  })
  .map((entries) => ({ base: { env: { C: 'KEY_B' }, inherit: 'safe' }, ...Object.fromEntries(entries) }));
const text = fc
  .oneof(
    fc.constantFrom('run', 'a', '', '-x', '--', '*', 'run me', '\n'),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  )
  .filter((argument) => !argument.includes('\0'));
const options = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string[]>([]) },
  fc.constantFrom('p', 'q', 'base', 'none').map((name) => ['-p', name]),
  fc.constantFrom(...KEYS).map((key) => ['--env', `D=${key}`]),
);
const environment = fc.dictionary(
  fc.constantFrom('A', 'AWS_ID', 'CALLER_TOKEN', 'CALLER_PLAIN', 'KEY_A', 'PQX_QUIET', 'X', 'MY_PASSWORD'),
  fc.string({ maxLength: 8 }).filter((value) => !value.includes('\0')),
);

describe.each(BUILD_NAMES)('%s', (build) => {
  test('explain --json and the launch agree', () => {
    const user = ready();
    const path = join(user.config, 'profiles.yaml');
    let started = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        profiles,
        options,
        fc.array(text, { maxLength: 3 }),
        environment,
        (all, front, args, env) => {
          writeFileSync(path, stringify({ version: 1, profiles: all }), { mode: 0o600 });
          const caller = { ...user.env, PATH: `${user.home}/bin:/usr/bin:/bin`, ...env };
          const line = [...front, 'tool', ...args];
          const explained = user.pqx(['explain', '--json', '--open', ...line], { build, env: caller });
          const launched = user.pqx(line, { build, env: caller });
          const document: Explained = JSON.parse(explained.stdout);
          expect(explained.status).toBe(document.would_start ? 0 : 1);
          if (!document.would_start) {
            refused += 1;
            expect(launched.status).toBe(125);
            expect(launched.stdout).toBe('');
            expect(launched.stderr).toContain(document.problem);
            return;
          }
          started += 1;
          expect(launched.status).toBe(0);
          const { args: seen, env: found } = startedAs(launched);
          expect(seen).toEqual(document.arguments);
          expect(found).toEqual(promised(document, caller));
          for (const { name } of document.withheld) expect(found).not.toHaveProperty(name);
          for (const name of document.unset) expect(found).not.toHaveProperty(name);
        },
      ),
      { numRuns: build === 'standalone' ? 120 : 40 },
    );
    // Both happened, or the property says nothing.
    expect([started > 10, refused > 5]).toEqual([true, true]);
  });
});

function ready(): User {
  const user = newUser();
  user.ok(['init']);
  for (const [name, value] of Object.entries(SECRETS)) user.ok(['set', '--exact', name], { input: value });
  user.write('bin/tool', TOOL, 0o755);
  return user;
}
