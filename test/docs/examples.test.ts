/**
 * The examples of README.md and docs/PROFILES.md: profiles are valid, commands work, and transcripts print what they show.
 * Programs that an example launches are stand-ins; bundle and profiles are made up beforehand, but for `pqx keygen`, which
 * an example runs in an empty home.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from '../profile/profiles.ts';
import { BUILD_NAMES, root, type User } from '../support/programs.ts';
import { installRecorder } from '../support/recorder.ts';
import { newUser } from '../support/user.ts';

interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(file: string): readonly Block[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

const BLOCKS = ['README.md', 'docs/PROFILES.md', 'docs/SHIMS.md'].flatMap(blocksOf);
const of = (language: string) => BLOCKS.filter((block) => block.language === language);

const KEYS = [
  'ZENMUX_API_KEY',
  'ANTHROPIC_API_KEY',
  'PG_PASSWORD',
  'AWS_ACCESS_KEY_ID',
  'MY_KEY',
  'GH_TOKEN',
  'KEY_A',
  'KEY_D',
];
const TOOLS = ['claude', 'docker', 'psql', 'terraform', 'gh', 'mytool'];

/** What the transcripts' home has in it. */
const PROFILES = `version: 1
profiles:
  claude:
    description: Claude Code through a gateway
    command: claude
    env: { ANTHROPIC_AUTH_TOKEN: ZENMUX_API_KEY }

  terraform-apply:
    command: terraform
    args: ["apply **"]
    keys: ["AWS_*"]
  terraform:
    command: "{terraform,tofu}"
    keys: ["AWS_*"]
`;

function newcomer(): { readonly user: User; readonly env: Readonly<Record<string, string>> } {
  const user = newUser();
  user.write('keys.env', KEYS.map((name) => `${name}=value\n`).join(''));
  user.write('deploy.pem', '-----BEGIN KEY-----\nmade up\n-----END KEY-----\n');
  const [directory = ''] = TOOLS.map((tool) => installRecorder(user, tool));
  writeFileSync(join(directory, 'your-password-manager'), '#!/bin/sh\necho made-up\n', { mode: 0o755 });
  return { user, env: { PATH: `${directory}:${user.env['PATH']}` } };
}

function ready(profiles: string) {
  const place = newcomer();
  place.user.ok(['keygen']);
  place.user.shell('pqx pack < keys.env');
  place.user.write('.config/pqc-secrets/profiles.yaml', profiles);
  return place;
}

test('there are examples of each kind', () => {
  expect([of('yaml').length > 1, of('sh').length > 3, of('console').length > 0]).toEqual([true, true, true]);
});

test.each(of('yaml'))('$file:$line is a profile file', async ({ text }) => {
  const whole = text.startsWith('version:') ? text : `version: 1\n${text}`;
  expect((await parse(whole)).profiles.length).toBeGreaterThan(0);
});

/** Commands on this repository itself: CI runs them as they stand, in a clean clone. */
const OF_THE_REPOSITORY = /^npm /;

test.each(of('sh').filter(({ text }) => OF_THE_REPOSITORY.test(text)))(
  '$file:$line is run by .ci/run',
  ({ text }) => {
    const script = readFileSync(join(root, '.ci', 'run'), 'utf8');
    for (const part of text.trim().split(' && ')) expect(script).toContain(part);
  },
);

describe.each(BUILD_NAMES)('%s', (build) => {
  test.each(of('sh').filter(({ text }) => !OF_THE_REPOSITORY.test(text)))('$file:$line works', ({ text }) => {
    const example = readFileSync(join(root, 'profiles.example.yaml'), 'utf8');
    const { user, env } = text.includes('pqx keygen') ? newcomer() : ready(example);
    const result = user.shell(`set -e\n${text}`, { build, env });
    expect({ status: result.status, stderr: result.status === 0 ? '' : result.stderr }).toEqual({
      status: 0,
      stderr: '',
    });
  });

  test.each(of('console'))('$file:$line prints what it shows', ({ text }) => {
    const { user, env } = ready(PROFILES);
    for (const [, command = '', output = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const result = user.shell(command, { build, env });
      expect(result.stdout.replaceAll(user.home, '/home/you')).toBe(output);
    }
  });
});
