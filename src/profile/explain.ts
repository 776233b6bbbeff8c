/** A plan as text for people and as JSON for programs (PROFILES, explain). No value is in either. */
import { type Fault, printable } from '../fault.ts';
import { fileKeys, type PlannedFile } from './files.ts';
import type { Choice } from './match.ts';
import { templateText } from './template.ts';
import type { Grant, LaunchPlan } from './types.ts';

/** What `explain` knows besides the plan. */
export interface Explained {
  readonly plan: LaunchPlan;
  readonly lost: Choice['lost'];
  /** The project file of the working directory. */
  readonly project:
    | { readonly path: string; readonly trust: 'trusted' | 'new' | 'changed' | 'refused' }
    | undefined;
  readonly bundle: {
    readonly path: string;
    readonly format: string | undefined;
    readonly namesKnown: boolean;
  };
  readonly start: { readonly how: 'exec' | 'supervise'; readonly why: string };
  /** Why the launch would not start; undefined when it would. */
  readonly problem: string | undefined;
}

const LIST_LIMIT = 12;

export function explainText(explained: Explained): string {
  const { plan, bundle, start, lost, project, problem } = explained;
  const rows: [string, string][] = [
    ['profile', plan.profile === undefined ? withoutProfile(plan) : profileText(plan.profile)],
    ...lost.map(({ name, why }): [string, string] => ['', `not ${name}: ${why}`]),
    ...(project === undefined || project.trust === 'trusted'
      ? []
      : [['project', `${project.path} is not trusted, so it grants nothing`] satisfies [string, string]]),
    ['program', plan.command.path ?? `${plan.command.typed}: not found`],
    ...argumentRows(plan),
    ['bundle', bundle.format === undefined ? `${bundle.path}: none` : `${bundle.path} (${bundle.format})`],
    ...plan.grants.map((grant, index): [string, string] => [
      index === 0 ? 'grants' : '',
      grantText(grant, bundle.namesKnown),
    ]),
    ...plan.unresolved.map((glob): [string, string] => [
      '',
      `keys: ${glob} (names not known: --open opens the bundle)`,
    ]),
    ...plan.files.map((file, index): [string, string] => [index === 0 ? 'files' : '', fileText(file)]),
    ...(plan.stdin === undefined ? [] : [['stdin', `key ${plan.stdin.key}`] satisfies [string, string]]),
    ...(plan.pin === undefined ? [] : [['pin', pinText(plan.pin)] satisfies [string, string]]),
    ...(plan.unset.length === 0 ? [] : [['unset', plan.unset.join(', ')] satisfies [string, string]]),
    ['inherits', inheritText(plan)],
    ...withheldRows(plan),
    ['start', `${start.how}: ${start.why}`],
    ...plan.warnings.map((warning, index): [string, string] => [index === 0 ? 'warnings' : '', warning]),
    ...(problem === undefined ? [] : [['problem', problem] satisfies [string, string]]),
  ];
  return rows.map(([label, text]) => `${label.padEnd(10)}${printable(text)}\n`).join('');
}

/** One JSON document; fields are only ever added. */
export function explainJson(explained: Explained): string {
  const { plan, bundle, start, lost, project, problem } = explained;
  const document = {
    profile: plan.profile ?? null,
    lost,
    project: project ?? null,
    program: { typed: plan.command.typed, path: plan.command.path ?? null },
    arguments: plan.args,
    inserted: plan.inserted,
    bundle: { path: bundle.path, format: bundle.format ?? null, names_known: bundle.namesKnown },
    variables: plan.grants.map(grantJson),
    files: plan.files.map(fileJson),
    stdin: plan.stdin ?? null,
    mask: plan.mask,
    pin: plan.pin ?? null,
    unresolved: plan.unresolved,
    unset: plan.unset,
    inherit: plan.inherit,
    inherited: plan.inherited.map((entry) => entry.split('=', 1)[0]),
    withheld: plan.withheld,
    start,
    warnings: plan.warnings,
    would_start: problem === undefined,
    problem: problem ?? null,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The same where there is no plan: nothing would start. */
export function refusalJson({ code, message, hint }: Fault): string {
  return `${JSON.stringify({ would_start: false, problem: message, code, hint: hint ?? null }, null, 2)}\n`;
}

function withoutProfile(plan: LaunchPlan): string {
  return plan.grants.length === 0 ? 'none: it starts without grants' : 'none, by --env alone';
}

function profileText(profile: NonNullable<LaunchPlan['profile']>): string {
  return `${profile.name} (${profile.file}:${profile.line}), ${profile.why}`;
}

function pinText({ path, sha3_256 }: NonNullable<LaunchPlan['pin']>): string {
  return `${path}, SHA3-256 ${sha3_256}`;
}

function argumentRows(plan: LaunchPlan): readonly [string, string][] {
  return plan.inserted.length === 0 ? [] : [['inserts', plan.inserted.join(' ')]];
}

function grantText({ variable, source, by }: Grant, namesKnown: boolean): string {
  const note =
    (source.kind === 'key' || source.kind === 'template') && !namesKnown
      ? ' (names not known: --open opens the bundle)'
      : '';
  switch (source.kind) {
    case 'key':
      return `${variable} = key ${source.key}, by ${by}${note}`;
    case 'value':
      return `${variable} = ${source.value}`;
    case 'template':
      return `${variable} = ${templateText(source.template)}${note}`;
    case 'file':
      return `${variable} = ${source.path}`;
  }
}

function grantJson({ variable, source, by }: Grant) {
  switch (source.kind) {
    case 'key':
      return { variable, by, key: source.key };
    case 'value':
      return { variable, by, value: source.value };
    case 'template':
      return { variable, by, template: templateText(source.template), keys: source.keys };
    case 'file':
      return { variable, by, file: source.file, path: source.path };
  }
}

function fileText({ path, source, mode, link, save }: PlannedFile): string {
  const keys = fileKeys(source);
  const made = keys.length === 0 ? 'no key' : `${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`;
  const also = `${link === undefined ? '' : `, linked at ${link}`}${save ? ', saved when it ends' : ''}`;
  return `${path} = ${source.kind} of ${made} (${octal(mode)})${also}`;
}

function fileJson({ name, path, source, mode, link, save }: PlannedFile) {
  return {
    name,
    path,
    kind: source.kind,
    keys: fileKeys(source),
    mode: octal(mode),
    at: link ?? null,
    save,
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function inheritText(plan: LaunchPlan): string {
  const how = typeof plan.inherit === 'string' ? plan.inherit : plan.inherit.join(', ');
  return `${how}: ${plan.inherited.length} of the caller's variables`;
}

/** Names of one reason in one row; a long list is cut. */
function withheldRows(plan: LaunchPlan): readonly [string, string][] {
  const byReason = new Map<string, string[]>();
  for (const { name, why } of plan.withheld) byReason.set(why, [...(byReason.get(why) ?? []), name]);
  return [...byReason].map(([why, names], index): [string, string] => {
    const shown = names.slice(0, LIST_LIMIT).join(', ');
    const more = names.length > LIST_LIMIT ? ` and ${names.length - LIST_LIMIT} more` : '';
    return [index === 0 ? 'withholds' : '', `${shown}${more} (${why})`];
  });
}
