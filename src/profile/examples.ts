/** The built-in profiles of known tools, for `profiles add TOOL`. Keys have the names that the tools' own documents use. */

interface Example {
  readonly description: string;
  /** Lines of the profile under its name, without indentation. */
  readonly lines: readonly string[];
}

const EXAMPLES: ReadonlyMap<string, Example> = new Map([
  ['claude', example('Claude Code', ['command: claude', 'env: { ANTHROPIC_API_KEY: ANTHROPIC_API_KEY }'])],
  ['codex', example('OpenAI Codex CLI', ['command: codex', 'env: { OPENAI_API_KEY: OPENAI_API_KEY }'])],
  ['gemini', example('Gemini CLI', ['command: gemini', 'env: { GEMINI_API_KEY: GEMINI_API_KEY }'])],
  ['aider', example('aider', ['command: aider', 'keys: [ANTHROPIC_API_KEY, OPENAI_API_KEY]'])],
  ['gh', example('GitHub CLI', ['command: gh', 'env: { GH_TOKEN: GH_TOKEN }'])],
  ['glab', example('GitLab CLI', ['command: glab', 'env: { GITLAB_TOKEN: GITLAB_TOKEN }'])],
  [
    'docker',
    example('containers that need a key', [
      'command: [docker, podman]',
      'args: ["run **", "create **", "exec **"]',
      'env: { MY_API_KEY: MY_API_KEY }',
      'container: env',
    ]),
  ],
  ['aws', example('AWS and what speaks to it', ['command: "{aws,terraform,sam,cdk}"', 'keys: ["AWS_*"]'])],
  ['terraform', example('Terraform', ['command: [terraform, tofu]', 'keys: ["AWS_*", "TF_VAR_*"]'])],
  [
    'gcloud',
    example('Google Cloud CLI', [
      'command: gcloud',
      'env: { CLOUDSDK_AUTH_ACCESS_TOKEN: CLOUDSDK_AUTH_ACCESS_TOKEN }',
    ]),
  ],
  ['az', example('Azure CLI', ['command: az', 'keys: ["AZURE_*"]'])],
  [
    'psql',
    example('PostgreSQL clients', [
      'command: [psql, pg_dump, pg_restore]',
      'env: { PGPASSWORD: PGPASSWORD }',
    ]),
  ],
  [
    'mysql',
    example('MySQL and MariaDB clients', [
      'command: [mysql, mysqldump, mariadb]',
      'env: { MYSQL_PWD: MYSQL_PWD }',
    ]),
  ],
  ['redis-cli', example('Redis client', ['command: redis-cli', 'env: { REDISCLI_AUTH: REDISCLI_AUTH }'])],
  [
    'npm',
    example('npm publish', ['command: npm', 'args: ["publish **"]', 'env: { NODE_AUTH_TOKEN: NPM_TOKEN }']),
  ],
  [
    'cargo',
    example('cargo publish', [
      'command: cargo',
      'args: ["publish **"]',
      'env: { CARGO_REGISTRY_TOKEN: CARGO_REGISTRY_TOKEN }',
    ]),
  ],
  ['twine', example('Python package upload', ['command: twine', 'env: { TWINE_PASSWORD: TWINE_PASSWORD }'])],
  [
    'wrangler',
    example('Cloudflare Workers', [
      'command: wrangler',
      'env: { CLOUDFLARE_API_TOKEN: CLOUDFLARE_API_TOKEN }',
    ]),
  ],
  ['vercel', example('Vercel CLI', ['command: vercel', 'env: { VERCEL_TOKEN: VERCEL_TOKEN }'])],
  ['restic', example('restic backups', ['command: restic', 'env: { RESTIC_PASSWORD: RESTIC_PASSWORD }'])],
]);

function example(description: string, lines: readonly string[]): Example {
  return { description, lines };
}

/** Tools that have a built-in profile. */
export function knownTools(): readonly string[] {
  return [...EXAMPLES.keys()];
}

/**
 * The lines of a profile for `tool`, under its name: with `grants` a plain one, else the built-in one, else a plain one
 * that grants nothing yet.
 */
export function profileLines(
  tool: string,
  grants: readonly { readonly variable: string; readonly key: string }[],
): readonly string[] {
  const known = EXAMPLES.get(tool);
  const env = grants.map(({ variable, key }) => `${plain(variable)}: ${plain(key)}`).join(', ');
  if (grants.length > 0) {
    const kept = (known?.lines ?? [`command: ${plain(tool)}`]).filter((line) => !/^(env|keys):/.test(line));
    return [...describe(known), ...kept, `env: { ${env} }`];
  }
  return known === undefined
    ? [`command: ${plain(tool)}`, 'env: {}   # VARIABLE: KEY_IN_THE_BUNDLE']
    : [...describe(known), ...known.lines];
}

/** As it is where YAML reads it as a text, and quoted where it would be a number, a truth value or nothing. */
function plain(text: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : `"${text}"`;
}

function describe(known: Example | undefined): readonly string[] {
  return known === undefined ? [] : [`description: ${known.description}`];
}

/**
 * The file's text with the profile at the end of its `profiles` map; every other byte stays. `indent` is the column at
 * which the existing profiles stand. The map must be the file's last member, in block style or empty.
 */
export function appendProfile(
  text: string,
  name: string,
  lines: readonly string[],
  found:
    | { readonly kind: 'block'; readonly indent: number }
    | { readonly kind: 'empty'; readonly from: number; readonly to: number }
    | { readonly kind: 'absent' },
): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const pad = ' '.repeat(found.kind === 'block' ? found.indent : 2);
  const body = [`${pad}${name}:`, ...lines.map((line) => `${pad}  ${line}`)].join(newline) + newline;
  const start = found.kind === 'empty' ? text.slice(0, found.from) + text.slice(found.to) : text;
  const ended = start === '' || start.endsWith('\n') ? start : start + newline;
  return found.kind === 'absent' ? `${ended}profiles:${newline}${body}` : `${ended}${body}`;
}
