/** Checks of the container engines that profiles lead to: a remote one takes the values to another machine. */
import { containerClient } from '../launch/container-client.ts';
import { remoteEngine } from '../launch/container-engine.ts';
import { findCommand } from '../launch/resolve.ts';
import { engineFacts } from './container.ts';
import type { Check, Finding, Patient } from './doctor.ts';

const TOPIC = 'containers';

export const CONTAINER_CHECKS: readonly Check[] = [{ topic: TOPIC, look: engines }];

function engines({ world, files }: Patient): readonly Finding[] {
  const profiles = files.flatMap((file) => file.profiles).filter(({ container }) => container !== 'off');
  const commands = new Set(profiles.flatMap(({ command }) => command));
  return [...commands].flatMap((command): readonly Finding[] => {
    const client = containerClient(command);
    const found = findCommand(command, world.env('PATH'), world.cwd, world.env('HOME'));
    if (client === undefined || found.path === undefined) return [];
    const remote = remoteEngine(client, [], engineFacts(world));
    if (remote === undefined)
      return [{ level: 'ok', topic: TOPIC, message: `the engine of ${command} is this machine's` }];
    return [
      {
        level: 'note',
        topic: TOPIC,
        message: `${command}: ${remote}; granted variables go there, and \`container: files\` is refused`,
        hint: client === 'podman' ? 'podman system connection list' : 'docker context ls',
      },
    ];
  });
}
