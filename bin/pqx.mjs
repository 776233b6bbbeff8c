#!/usr/bin/env node
// The Node build's entry. It must run on any Node, to say in one line that an old one does not do.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `pqx: Node ${process.versions.node} is too old for pqx\n  hint: use Node 22.18 or later, or the standalone bin/pqx\n`,
  );
  process.exit(125);
}
// SIGUSR1 would start Node's inspector on a port that every user of the machine reaches.
process.on('SIGUSR1', () => undefined);
await import('../dist/pqx.mjs');
