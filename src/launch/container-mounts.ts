/**
 * `container: files`: each secret is a file in memory, mounted read-only at /run/secrets/NAME, and the container gets
 * NAME_FILE. The engine writes neither. Pure.
 */
import { Fault } from '../fault.ts';
import { type EngineFacts, remoteEngine } from './container-engine.ts';
import { type ContainerCall, insertVariables, isOn, isPlainName, ownNames } from './containers.ts';

const PLACE = '/run/secrets';

export interface Mounts {
  readonly args: readonly string[];
  readonly inserted: readonly string[];
  /** The variables whose values are mounted. */
  readonly mounted: readonly string[];
  readonly left: readonly string[];
}

/**
 * `secrets` are mounted, `plain` ones inserted as variables. `fileOf` gives the path of a variable's file. A Fault `launch`
 * for a container that could start again when the files are gone, and for an engine that is not this machine's.
 */
export function insertMounts(
  call: ContainerCall,
  args: readonly string[],
  names: { readonly secrets: readonly string[]; readonly plain: readonly string[] },
  fileOf: (name: string) => string,
  facts: EngineFacts,
): Mounts {
  const wanted = ownNames(call, names.secrets);
  const mounted = wanted.filter(isPlainName);
  if (mounted.length > 0) refuse(call, facts, names.secrets);
  const mounts = mounted.flatMap((name) => [
    '--mount',
    `type=bind,source=${fileOf(name)},target=${PLACE}/${name},readonly`,
    ...(call.named.includes(`${name}_FILE`) ? [] : ['-e', `${name}_FILE=${PLACE}/${name}`]),
  ]);
  const variables = insertVariables(call, args, names.plain);
  const inserted = [...mounts, ...variables.inserted];
  return {
    args: [...args.slice(0, call.insertAt), ...inserted, ...args.slice(call.insertAt)],
    inserted,
    mounted,
    left: [...wanted.filter((name) => !isPlainName(name)), ...variables.left],
  };
}

/** A later start of the container would find nothing to mount; the mount itself keeps a file for a container that runs. */
function refuse(call: ContainerCall, facts: EngineFacts, secrets: readonly string[]): void {
  const { client, options } = call;
  const hint = '`container: env` in the profile hands variables over instead, which the engine writes down';
  const refused = (why: string) =>
    new Fault('launch', `\`container: files\` is for \`${client} run\`: ${why}`, { hint });
  if (call.compose) throw refused('a service of a compose file is mounted by that file');
  if (call.subcommand !== 'run') throw refused(`\`${call.subcommand}\` mounts nothing that lasts`);
  const restart = options.findLast(({ name }) => name === 'restart')?.value ?? 'no';
  if (restart !== 'no') throw refused('with --restart the container starts again when the files are gone');
  if (isOn(options, 'detach', 'd') && !isOn(options, 'rm'))
    throw refused('with -d and without --rm the container can be started again when the files are gone');
  const steering = secrets.find((name) =>
    /^(?:DOCKER_HOST|DOCKER_CONTEXT|CONTAINER_HOST|CONTAINER_CONNECTION)$/.test(name),
  );
  const remote =
    steering === undefined
      ? remoteEngine(client, call.globals, facts)
      : `${steering} is granted, and may lead anywhere`;
  if (remote !== undefined) throw refused(`the engine must be this machine's, and ${remote}`);
}
