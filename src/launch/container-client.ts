/** Which programs are container clients. Apart from what reads their arguments, which other launches do not load. */

const CLIENTS = ['docker', 'podman', 'nerdctl', 'docker-compose', 'podman-compose'] as const;
export type ContainerClient = (typeof CLIENTS)[number];

/** The client that a command's base name means; undefined for any other program. */
export function containerClient(command: string): ContainerClient | undefined {
  const baseName = command.slice(command.lastIndexOf('/') + 1);
  for (const client of CLIENTS) if (client === baseName) return client;
  return undefined;
}
