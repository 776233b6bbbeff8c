/** Checks of the shims: whether they lead to pqx, come first, and have a tool behind them. */
import { factsOf } from '#system';
import { findCommand } from '../launch/resolve.ts';
import { shellWord } from '../quote.ts';
import { counted } from '../terminal/report.ts';
import type { Check, Finding, Patient } from './doctor.ts';
import { placeInPath, type ShimLink, shimDirectory, shimLinks } from './shim-directory.ts';

const TOPIC = 'shims';

export const SHIM_CHECKS: readonly Check[] = [{ topic: TOPIC, look: shims }];

function shims(patient: Patient): readonly Finding[] {
  const directory = shimDirectory(patient.world);
  const links = shimLinks(directory).filter(({ state }) => state !== 'foreign');
  if (links.length === 0) return [];
  const findings = [
    ...writable(directory),
    ...place(patient, directory),
    ...links.flatMap((link) => (link.state === 'broken' ? [broken(link)] : behind(patient, link))),
  ];
  if (findings.length > 0) return findings;
  return [
    { level: 'ok', topic: TOPIC, message: `${directory}: ${counted(links.length, 'shim')}, first in PATH` },
  ];
}

function broken({ tool, target }: ShimLink): Finding {
  return {
    level: 'wrong',
    topic: TOPIC,
    message: `the shim ${tool} leads to ${target}, which is gone: ${tool} starts without pqx`,
    hint: `pqx shim add ${tool}`,
  };
}

/** Who can write there can put a program of theirs in the place of every tool. */
function writable(directory: string): readonly Finding[] {
  const facts = factsOf(directory);
  if (typeof facts === 'string' || (facts.mode & 0o022) === 0) return [];
  return [
    {
      level: 'unsafe',
      topic: TOPIC,
      message: `others can write the directory ${directory}`,
      hint: `chmod go-w ${shellWord(directory)}`,
    },
  ];
}

function place({ world }: Patient, directory: string): readonly Finding[] {
  const at = placeInPath(world, directory);
  if (at === 0) return [];
  const before = at < 0 ? 'not in PATH' : 'not first in PATH, and what stands before it wins';
  return [
    {
      level: 'note',
      topic: TOPIC,
      message: `${directory} is ${before}`,
      hint: `export PATH=${shellWord(directory)}:"$PATH"`,
    },
  ];
}

function behind({ world }: Patient, { tool }: ShimLink): readonly Finding[] {
  const { path } = findCommand(tool, world.env('PATH'), world.cwd, world.env('HOME'));
  if (path !== undefined) return [];
  return [
    {
      level: 'note',
      topic: TOPIC,
      message: `the shim ${tool} has no program behind it in PATH`,
      hint: `pqx shim remove ${tool}`,
    },
  ];
}
