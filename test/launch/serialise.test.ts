/** Whatever a value holds, the file around it stays well-formed and gives the value back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAssignments } from '../../src/bundle/input.ts';
import { fileContent } from '../../src/launch/file-content.ts';
import { type Plain, writeDotenv, writeJson, writeYaml } from '../../src/launch/serialise.ts';
import { renderTemplate } from '../../src/launch/template.ts';
import { readTemplate, type Template } from '../../src/profile/template.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (of: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(of);

/** What a bundle may hold: UTF-8 without NUL; spiced with what formats give a meaning to. */
const secret = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '\n',
        '\r\n',
        '\t',
        ' ',
        '#',
        ':',
        '{{ K }}',
        '}}',
        '$',
        '`',
        '${HOME}',
        '---\n',
        '- ',
        '=',
        ';',
        '[x]',
        '%',
        '\u2028',
        '\u0085',
        '\ufeff',
        '&a',
        '*a',
        '!t',
        '~',
        'null',
        '😀',
        '\u007f',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));
const oneLine = secret.map((value) => value.replace(/[\r\n]/g, ''));

const plain: fc.Arbitrary<Plain> = fc.letrec<{ tree: Plain }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    secret,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(secret, tie('tree')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).tree;

/** Maps as the parsers give them: with a null prototype, so that `__proto__` is a name. */
function asObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asObjects);
  const entries =
    value instanceof Map
      ? [...value]
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
        : undefined;
  return entries === undefined ? value : new Map(entries.map(([key, item]) => [key, asObjects(item)]));
}

function render(template: string, value: string): string {
  const parts = readTemplate(template);
  if ('message' in parts) throw new Error(parts.message);
  return text(renderTemplate(parts, () => bytes(value)));
}

describe('a serialised value parses back to what went in', () => {
  test('JSON', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(asObjects(JSON.parse(writeJson(value)))).toEqual(asObjects(value));
      }),
    );
  });

  test.each(['1.1', '1.2'] as const)('YAML %s', (version) => {
    fc.assert(
      fc.property(plain, (value) => {
        const parsed: unknown = parse(writeYaml(value), { version, mapAsMap: true, logLevel: 'error' });
        expect(asObjects(parsed)).toEqual(asObjects(value));
      }),
    );
  });

  test('dotenv, as pack reads it', () => {
    fc.assert(
      fc.property(secret, secret, (first, second) => {
        const written = writeDotenv(
          new Map([
            ['A', first],
            ['B_2', second],
          ]),
        );
        const read = readAssignments(bytes(written), 'test');
        expect([...read].map(([name, value]) => [name, text(value)])).toEqual([
          ['A', first],
          ['B_2', second],
        ]);
      }),
    );
  });
});

describe('a value stays in its place', () => {
  test('pgpass: it is one field of one line', () => {
    fc.assert(
      fc.property(oneLine, (value) => {
        const line = render('h:5432:*:u:{{ K | pgpass }}\n', value);
        expect(pgpassFields(line)).toEqual([['h', '5432', '*', 'u', value]]);
      }),
    );
  });

  test('netrc: it is one token', () => {
    fc.assert(
      fc.property(oneLine, (value) => {
        const line = render('machine h login u password {{ K | netrc }}\n', value);
        expect(netrcTokens(line)).toEqual(['machine', 'h', 'login', 'u', 'password', value]);
      }),
    );
  });

  test('ini: it is one value', () => {
    fc.assert(
      fc.property(oneLine, (value) => {
        const line = render('a=1\ntoken={{ K | ini }}\nb=2\n', value);
        expect(iniValues(line)).toEqual([
          ['a', '1'],
          ['token', value],
          ['b', '2'],
        ]);
      }),
    );
  });

  test('JSON by filter, URL and base64', () => {
    fc.assert(
      fc.property(secret, (value) => {
        expect(JSON.parse(render('{"a": {{ K | json }}, "b": 1}', value))).toEqual({ a: value, b: 1 });
        expect(decodeURIComponent(render('{{ K | url }}', value))).toBe(value);
        expect(render('{{ K | url }}', value)).toMatch(/^[A-Za-z0-9._~%-]*$/);
        expect(Buffer.from(render('{{ K | base64 }}', value), 'base64').toString('utf8')).toBe(value);
      }),
    );
  });

  test('what looks like a place in a value is never expanded', () => {
    const source = {
      kind: 'json' as const,
      value: { kind: 'text' as const, template: readTemplate('{{ A }}') as Template },
    };
    const content = fileContent({ name: 'f', source }, new Map([['A', bytes('{{ B }}{{ "{{" }}')]]));
    expect(JSON.parse(text(content))).toBe('{{ B }}{{ "{{" }}');
  });
});

describe('what a format cannot hold is refused, and the value not said', () => {
  test.each(['pgpass', 'netrc', 'ini'])('several lines through %s', (filter) => {
    for (const value of ['hush\nhush', 'hush\r']) {
      expect(() => render(`{{ K | ${filter} }}`, value)).toThrow(/^the value of K has several lines/);
    }
  });

  test('several lines without a filter, and what says that they are meant', () => {
    expect(() => render('a: {{ K }}\n', 'hush\nb: c')).toThrow(
      'the value of K has several lines, and its place in the template no filter',
    );
    expect(render('{{ K | raw }}', 'one\ntwo')).toBe('one\ntwo');
  });
});

/** As libpq splits a line (PostgreSQL, The Password File): a backslash takes the next character as it is. */
function pgpassFields(file: string): readonly string[][] {
  return file
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = [''];
      for (let at = 0; at < line.length; at += 1) {
        if (line[at] === ':') fields.push('');
        else {
          if (line[at] === '\\') at += 1;
          fields[fields.length - 1] += line[at] ?? '';
        }
      }
      return fields;
    });
}

/** White space ends a token; between double quotes a backslash takes the next character as it is. */
function netrcTokens(file: string): readonly string[] {
  const tokens: string[] = [];
  for (const match of file.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"][^\s]*)/gsu)) {
    tokens.push(match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\(.)/gsu, '$1'));
  }
  return tokens;
}

/** As npm reads its .npmrc: what stands between double quotes is JSON, a bare ; or # starts a comment. */
function iniValues(file: string): readonly (readonly [string, string])[] {
  return file
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split('=');
      const value = rest.join('=').trim();
      return [
        name,
        value.startsWith('"') ? String(JSON.parse(value)) : value.replace(/[;#].*$/, ''),
      ] as const;
    });
}
