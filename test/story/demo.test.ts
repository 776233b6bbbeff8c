import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { BUILD_NAMES } from '../support/programs.ts';
import { newUser } from '../support/user.ts';

test.each(BUILD_NAMES)(
  'the demonstration of the %s: each program sees its own key, and nothing is left',
  (build) => {
    const user = newUser();
    const scratch = `${user.home}/scratch`;
    user.write('scratch/.keep', '');
    const { stdout } = user.ok(['demo'], { build, env: { TMPDIR: scratch } });
    expect(stdout).toContain('$ pqx keygen\n');
    expect(stdout).toContain('\nDATABASE_PASSWORD\nDEPLOY_TOKEN\nZENMUX_API_KEY\n');
    const launches = stdout.slice(stdout.indexOf('$ export DEPLOY_TOKEN'));
    expect(launches).toContain("grep -E 'made-up|of-the-shell'\nANTHROPIC_AUTH_TOKEN=made-up-1\n$ ");
    expect(launches).toContain('$ pqx printenv PGPASSWORD\nmade-up-2\n');
    expect(launches).toContain('\nno other key here\n');
    expect(readdirSync(scratch)).toEqual(['.keep']);
    expect(readdirSync(user.home).sort()).toEqual(['scratch']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('pqx-demo'))).toEqual([]);
  },
);
