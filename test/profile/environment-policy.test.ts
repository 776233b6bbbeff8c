/** What of the caller's environment the target still sees, and why not (docs/PROFILES.md, inherit). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPolicy, looksLikeCredential, nameOf } from '../../src/profile/environment-policy.ts';
import type { Inherit } from '../../src/profile/types.ts';

function policy(
  environ: readonly string[],
  inherit: Inherit,
  { held = [], filled = [] }: { readonly held?: readonly string[]; readonly filled?: readonly string[] } = {},
) {
  return applyPolicy({ environ, inherit, holds: (name) => held.includes(name), filled: new Set(filled) });
}

const keptNames = (environ: readonly string[], inherit: Inherit) => policy(environ, inherit).kept.map(nameOf);
const entries = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => `${name}=v`);
const names = (text: string) => text.trim().split(/\s+/);

describe('what looks like a credential', () => {
  test.each(
    names(`TOKEN PASSWORD PASSWD PASSPHRASE SECRET SECRET_KEY API_KEY APIKEY PRIVATE_KEY ACCESS_KEY ACCESS_KEY_ID
      CREDENTIALS PAT token Github_Token GITHUB_TOKEN X_PASSWORD x_api_key MY_APIKEY AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID
      CI_JOB_TOKEN _TOKEN __SECRET A_B_PAT GOOGLE_CREDENTIALS PGPASSWORD pgpassword MYSQL_PWD SSHPASS REDISCLI_AUTH
      STRIPE_SECRET_KEY SSH_PRIVATE_KEY`),
  )('%s', (name) => {
    expect(looksLikeCredential(name)).toBe(true);
  });

  test.each(
    names(`PATH HOME TOKENS TOKEN_URL MYTOKEN XTOKEN PASSWORDS PASSWORD_FILE SECRETS SECRET_NAME APIKEYS KEY MY_KEY
      PUBLIC_KEY API KEY_ID PATH_PAT_X XPAT COMPAT FORMAT XPGPASSWORD PGPASSWORD_ PGPASSFILE MYSQL_PWD_X X_SSHPASS
      GOOGLE_APPLICATION_CREDENTIALS AWS_SHARED_CREDENTIALS_FILE CREDENTIAL TOKEN- TOKEN.A`),
  )('not %s', (name) => {
    expect(looksLikeCredential(name)).toBe(false);
  });

  test('exactly what the documented expression says', () => {
    const documented =
      /(^|_)(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|API_?KEY|PRIVATE_KEY|ACCESS_KEY(_ID)?|CREDENTIALS|PAT)$|^(PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH)$/i;
    const word = fc.constantFrom(
      'TOKEN',
      'secret',
      'API',
      'KEY',
      'ACCESS',
      'ID',
      'PAT',
      'PRIVATE',
      'X',
      '_',
      '__',
      'PGPASSWORD',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), fc.constantFrom('', '_'), (words, joint) => {
        const name = words.join(joint);
        expect(looksLikeCredential(name)).toBe(documented.test(name));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('safe', () => {
  test('withholds what the bundle holds, what profiles fill, and what looks like a credential; each with why', () => {
    const environ = entries('PATH HELD FILLED A_TOKEN PLAIN');
    expect(policy(environ, 'safe', { held: ['HELD'], filled: ['FILLED'] })).toEqual({
      kept: ['PATH=v', 'PLAIN=v'],
      withheld: [
        { name: 'HELD', why: 'held by the bundle' },
        { name: 'FILLED', why: 'filled by a profile' },
        { name: 'A_TOKEN', why: 'looks like a credential' },
      ],
    });
  });

  test('keeps order, doubles, empty values and bytes that are not UTF-8; a name withheld twice is said once', () => {
    const environ = [
      'B=1',
      'A=',
      'B=2',
      'C=\udcff',
      'X_TOKEN=1',
      'X_TOKEN=2',
      'no-equals',
      '=odd=1',
      'd.e-f=1',
      '',
    ];
    const { kept, withheld } = policy(environ, 'safe');
    expect(kept).toEqual(['B=1', 'A=', 'B=2', 'C=\udcff', 'no-equals', '=odd=1', 'd.e-f=1', '']);
    expect(withheld).toEqual([{ name: 'X_TOKEN', why: 'looks like a credential' }]);
  });
});

test('minimal keeps the documented names alone', () => {
  const kept = `PATH HOME USER LOGNAME SHELL TERM COLORTERM LANG LANGUAGE LC_ALL LC_X TZ TMPDIR PWD XDG_RUNTIME_DIR XDG_X DISPLAY
    WAYLAND_DISPLAY SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS NO_COLOR FORCE_COLOR CI SSL_CERT_FILE SSL_CERT_DIR
    NODE_EXTRA_CA_CERTS HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy`;
  const dropped = `path XPATH PATHX OLDPWD EDITOR LANGX XLC_ALL lc_all Http_Proxy SSL_CERTX NODE_OPTIONS HOSTNAME SHLVL _ A_TOKEN`;
  expect(keptNames(entries(`${kept} ${dropped}`), 'minimal')).toEqual(names(kept));
  expect(policy(entries('EDITOR'), 'minimal').withheld).toEqual([{ name: 'EDITOR', why: 'not inherited' }]);
});

test('all keeps even what the bundle holds', () => {
  const environ = entries('HELD FILLED A_TOKEN');
  expect(policy(environ, 'all', { held: ['HELD'], filled: ['FILLED'] }).kept).toEqual(environ);
});

test('a list keeps the names that match it, and no others', () => {
  const environ = entries('PATH LC_ALL LC_X AWS_TOKEN HOME');
  expect(keptNames(environ, ['PATH', 'LC_*', '!LC_X'])).toEqual(['PATH', 'LC_ALL']);
  expect(keptNames(environ, ['!AWS_*'])).toEqual(['PATH', 'LC_ALL', 'LC_X', 'HOME']);
  expect(keptNames(environ, [])).toEqual([]);
});

describe("pqx's own", () => {
  const own = entries('PQX_IDENTITY PQX_IDENTITY_FILE PQX_IDENTITY_FD PQX_PASSPHRASE_FILE PQX_PASSPHRASE_FD');
  const other = entries('PQC_CONFIG_DIR PQX_BUNDLE PQX_PROFILE PQX_PROFILES PQX_DEBUG');

  test.each<Inherit>(['safe', 'minimal', 'all', ['*']])('inherit: %j lets none of it through', (inherit) => {
    expect(policy([...own, ...other], inherit).kept).toEqual([]);
  });

  test('a list lets through what it names, but never the identity and the passphrase', () => {
    const listed = [...own, ...other].map(nameOf);
    expect(policy([...own, ...other], listed).kept).toEqual(other);
  });
});

test.each<Inherit>(['safe', 'minimal', 'all', ['*']])(
  'inherit: %j drops what an outer launch granted',
  (inherit) => {
    const environ = ['PQX_GRANTED=A,B', 'A=1', 'B=2', 'AB=3', 'PATH=4'];
    const { kept, withheld } = policy(environ, inherit);
    expect(kept.map(nameOf).filter((name) => name === 'A' || name === 'B')).toEqual([]);
    expect(withheld).toContainEqual({ name: 'A', why: 'granted by an outer launch' });
    expect(kept).toContain('PATH=4');
  },
);

test('every entry is either kept as it was or withheld by name', () => {
  const name = fc.constantFrom('A', 'PATH', 'X_TOKEN', 'PQX_IDENTITY', 'PQC_A', 'HELD', 'FILLED', 'LC_A');
  const inherit = fc.constantFrom<Inherit>('safe', 'minimal', 'all', [], ['A', 'PQC_A'], ['!A']);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), inherit, (pairs, how) => {
      const environ = pairs.map(([key, value]) => `${key}=${value}`);
      const { kept, withheld } = policy(environ, how, { held: ['HELD'], filled: ['FILLED'] });
      const dropped = new Set(withheld.map((entry) => entry.name));
      expect(kept).toEqual(environ.filter((entry) => !dropped.has(nameOf(entry))));
      expect(kept.map(nameOf)).not.toContain('PQX_IDENTITY');
    }),
  );
});
