/**
 * The JSON Schema of a profile file, made from what the validator walks (profile/schema.ts), so that editors complete and
 * check what pqx takes. It asks what a schema can ask: globs, templates and names of other profiles stay the validator's.
 * Draft 7, which editors know for YAML.
 */
import { KEY, PROFILE_FILE, type Schema } from './schema.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What an editor shows beside a field. */
const ABOUT: Readonly<Record<string, string>> = {
  version: 'The version of the format: 1',
  settings: 'Of all launches; a project file sets `bundle` alone',
  quiet: 'Launches say nothing, even on a terminal',
  bundle: 'The bundle, relative to this file; of a project file, for its own profiles',
  audit: 'The audit log: on, off, or required: what cannot be recorded is refused',
  rollback: 'What becomes of a bundle that is older than one that was opened here',
  profiles: 'Which keys of the bundle reach which program, by the name of the profile',
  description: 'One line, for `pqx profiles`',
  command: 'Globs for the command: a name, or with / a path. Left out: only for -p and `extends`',
  args: 'Patterns for the arguments, any of which must match; [] is no arguments, left out is any',
  extends: 'Profiles whose fields this one starts from',
  env: 'Variables that are set: KEY, { key, optional }, { value }, { template } or { unset: true }',
  keys: 'Globs over the names of keys: each is granted under its own name; ! takes away',
  files: 'Config files that are there, in memory, for as long as the program runs',
  inherit: "What of the caller's environment the program still sees: safe, minimal, all, or globs of names",
  container: 'How variables get into the containers that docker or podman starts',
  prepend: "Arguments before the user's",
  append: "Arguments behind the user's",
  stdin: 'The key whose value is standard input',
  mask: 'Granted values are replaced by *** in what the program prints',
  pin: 'The only executable that may get these keys',
};

export function profilesSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Profiles of pqx',
    ...jsonSchema(PROFILE_FILE),
  };
}

function jsonSchema(schema: Schema): { readonly [name: string]: Json } {
  switch (schema.kind) {
    case 'text':
      return { type: 'string', ...patternOf(schema.pattern) };
    case 'flag':
      return { type: 'boolean' };
    case 'constant':
      return { const: schema.value };
    case 'choice':
      return { enum: schema.values };
    case 'list':
      return { type: 'array', items: jsonSchema(schema.of) };
    case 'one-or-list':
      return { anyOf: [jsonSchema(schema.of), { type: 'array', items: jsonSchema(schema.of) }] };
    case 'choice-or-list':
      return { anyOf: [{ enum: schema.values }, { type: 'array', items: jsonSchema(schema.of) }] };
    case 'map':
      return {
        type: ['object', 'null'],
        ...(schema.pattern === undefined ? {} : { propertyNames: patternOf(schema.pattern) }),
        additionalProperties: jsonSchema(schema.of),
      };
    case 'object':
      return objectSchema(schema);
    case 'variable':
      return VARIABLE_SCHEMA;
    case 'mode':
      return { type: ['string', 'integer'], pattern: '^(0o?)?[0-7]{3}$' };
    case 'value':
      return schema.single === true ? { type: ['string', 'number', 'boolean', 'null'] } : {};
  }
}

function objectSchema(schema: Schema & { readonly kind: 'object' }): { readonly [name: string]: Json } {
  const properties = Object.entries(schema.fields).map(([name, field]) => {
    const about = ABOUT[name];
    return [name, { ...(about === undefined ? {} : { description: about }), ...jsonSchema(field) }] as const;
  });
  return {
    // A map without anything in it is null in YAML; one that must hold something is none.
    type: schema.required.length + (schema.exactlyOne?.length ?? 0) === 0 ? ['object', 'null'] : 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(schema.required.length === 0 ? {} : { required: schema.required }),
    ...(schema.exactlyOne === undefined
      ? {}
      : { oneOf: schema.exactlyOne.map((name) => ({ required: [name] })) }),
  };
}

const key = { type: 'string', ...patternOf(KEY) } as const;

const VARIABLE_SCHEMA: { readonly [name: string]: Json } = {
  anyOf: [
    key,
    form({ key, optional: { type: 'boolean' } }, 'key'),
    form({ value: { type: 'string' } }, 'value'),
    form({ template: { type: 'string' } }, 'template'),
    form({ unset: { const: true } }, 'unset'),
  ],
};

function form(properties: { readonly [name: string]: Json }, required: string): Json {
  return { type: 'object', properties, additionalProperties: false, required: [required] };
}

/** Patterns are of the language's own grammar, without flags, as JSON Schema has them. */
function patternOf(pattern: RegExp | undefined): { readonly [name: string]: Json } {
  return pattern === undefined ? {} : { pattern: pattern.source };
}
