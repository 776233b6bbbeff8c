/** The names by which pqx is called. */
export type OwnName = 'pqx' | 'pqc-secrets';

/** The name that a path's last part is, with or without the `.mjs` of the Node build; undefined for any other. */
export function ownNameOf(path: string): OwnName | undefined {
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (base === 'pqx' || base === 'pqx.mjs') return 'pqx';
  return base === 'pqc-secrets' || base === 'pqc-secrets.mjs' ? 'pqc-secrets' : undefined;
}
