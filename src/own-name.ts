/** The names by which pqx is called. */
const NAMES = ['pqx', 'pqc-secrets'] as const;
export type OwnName = (typeof NAMES)[number];

/** The name that a path's last part is, with or without the `.mjs` of the Node build; undefined for any other. */
export function ownNameOf(path: string): OwnName | undefined {
  const base = path.slice(path.lastIndexOf('/') + 1);
  for (const name of NAMES) if (base === name || base === `${name}.mjs`) return name;
  return undefined;
}
