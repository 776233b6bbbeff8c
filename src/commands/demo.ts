/**
 * `demo`: the main job from nothing to the result, in a throw-away directory. Every line that it prints behind `$` is
 * run by a shell exactly as it stands, so that a newcomer can repeat it; the shell removes the directory when it ends.
 */
import { spawnSync } from 'node:child_process';
import { Fault } from '../fault.ts';
import type { World } from '../world.ts';
import { readArguments } from './arguments.ts';

interface Step {
  readonly say: string;
  readonly run: readonly string[];
}

const PROFILES = `cat > "$PQC_CONFIG_DIR/profiles.yaml" <<'EOF'
version: 1
profiles:
  assistant:                # launched as: pqx env
    command: env
    env: { ANTHROPIC_AUTH_TOKEN: ZENMUX_API_KEY }
  database:                 # launched as: pqx printenv
    command: printenv
    env: { PGPASSWORD: DATABASE_PASSWORD }
EOF`;

const STEPS: readonly Step[] = [
  {
    say: 'A throw-away config directory, and in it an identity: an ML-KEM-768 key pair.',
    run: ['export PQC_CONFIG_DIR="$(mktemp -d)"', 'pqx keygen'],
  },
  {
    say: 'Three made-up keys become an encrypted bundle.',
    run: [
      "printf '%s\\n' ZENMUX_API_KEY=made-up-1 DATABASE_PASSWORD=made-up-2 DEPLOY_TOKEN=made-up-3 | pqx pack",
      'pqx list',
    ],
  },
  { say: 'Profiles say which key reaches which program, and under what name.', run: [PROFILES] },
  { say: 'What would a launch do, and why? No value is decrypted for this.', run: ['pqx explain env'] },
  {
    say: 'Two launches: each program sees its own key and no other. What this shell holds itself is withheld.',
    run: [
      'export DEPLOY_TOKEN=of-the-shell',
      "pqx env | grep -E 'made-up|of-the-shell'",
      'pqx printenv PGPASSWORD',
      'pqx printenv ANTHROPIC_AUTH_TOKEN DEPLOY_TOKEN || echo "no other key here"',
    ],
  },
];

/** Runs the demonstration in `sh`. Returns 0, or 1 when one of its commands fails. Fault `launch` where there is no `sh`. */
export function demo(world: World, args: readonly string[]): number {
  readArguments('demo', args, {});
  const [program = '', ...first] = world.self;
  const result = spawnSync('/bin/sh', ['-c', script(), 'pqx-demo', program, ...first], {
    stdio: 'inherit',
    env: environment(world),
  });
  if (result.error !== undefined)
    throw new Fault('launch', 'the demonstration needs /bin/sh', { cause: result.error });
  return result.status === 0 ? 0 : 1;
}

/** The caller's, less what would lead the demonstration to the caller's own store or mark it as an agent's command. */
function environment(world: World): Record<string, string> {
  const kept = world.environ.filter((entry) => !/^(PQC_|PQX_)/.test(entry) && entry.includes('='));
  return Object.fromEntries(
    kept.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** `pqx` is a shell function here, so that it is this very program, wherever it lies. */
function script(): string {
  const lines = [
    'self=$1; shift',
    'if [ $# -gt 0 ]; then script=$1; pqx() { "$self" "$script" "$@"; }; else pqx() { "$self" "$@"; }; fi',
    'leave() { [ -z "${PQC_CONFIG_DIR-}" ] || rm -rf -- "$PQC_CONFIG_DIR"; }',
    "trap leave EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; trap 'exit 129' HUP",
    'set -e',
  ];
  for (const step of STEPS) {
    lines.push(`printf '\\n%s\\n\\n' ${quoted(`# ${step.say}`)}`);
    for (const command of step.run) lines.push(`printf '%s\\n' ${quoted(`$ ${command}`)}`, command);
  }
  lines.push(`printf '\\n%s\\n' ${quoted(CLOSING)}`);
  return lines.join('\n');
}

const CLOSING = `# That is all. The directory is removed now. Your own: pqx keygen, pqx pack < keys.env, pqx profiles add claude,
# and then: pqx claude`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
