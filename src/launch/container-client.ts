/** Which programs are container clients. Apart from what reads their arguments, which other launches do not load. */

export type ContainerClient = 'docker' | 'podman' | 'nerdctl' | 'docker-compose' | 'podman-compose';

/** The client that a command's base name means; undefined for any other program. */
export function containerClient(command: string): ContainerClient | undefined {
  const baseName = command.slice(command.lastIndexOf('/') + 1);
  switch (baseName) {
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'docker-compose':
    case 'podman-compose':
      return baseName;
    default:
      return undefined;
  }
}
