/** Checks of the profiles: tools that are not there, patterns that never match, profiles that another one always beats. */
import { containerClient } from '../launch/container-client.ts';
import { findCommand } from '../launch/resolve.ts';
import { isLiteral } from '../profile/glob.ts';
import { chooseProfile } from '../profile/match.ts';
import type { Profile, ProfileFile } from '../profile/types.ts';
import { shellWord } from '../quote.ts';
import { counted } from '../terminal/report.ts';
import type { Check, Finding, Patient } from './doctor.ts';

const TOPIC = 'profiles';

export const PROFILE_CHECKS: readonly Check[] = [
  { topic: TOPIC, look: ({ files }) => files.map(summary) },
  { topic: TOPIC, look: (patient) => everyProfile(patient, toolsNotFound) },
  { topic: TOPIC, look: (patient) => everyProfile(patient, patternsThatNeverMatch) },
  { topic: TOPIC, look: (patient) => everyProfile(patient, shadowed) },
];

type Look = (patient: Patient, profile: Profile, place: string) => readonly Finding[];

function everyProfile(patient: Patient, look: Look): readonly Finding[] {
  return patient.files.flatMap((file) =>
    file.profiles.flatMap((profile) => look(patient, profile, `${file.path}:${profile.line}`)),
  );
}

function summary(file: ProfileFile): Finding {
  return { level: 'ok', topic: TOPIC, message: `${file.path}: ${counted(file.profiles.length, 'profile')}` };
}

function toolsNotFound(patient: Patient, profile: Profile, place: string): readonly Finding[] {
  const names = literalNames(profile);
  const found = names.map((name) => findIn(patient, name));
  // Of several tools that one profile is for, one is enough.
  if (names.length === 0 || found.some(({ path, through }) => path !== undefined && through === 'path')) {
    return found.flatMap(({ typed, obstacle }): readonly Finding[] => {
      if (obstacle?.kind !== 'writable') return [];
      return [
        {
          level: 'unsafe',
          topic: TOPIC,
          message: `${place}: others can write ${obstacle.culprit}, which ${typed} of the profile ${profile.name} is`,
          hint: `chmod go-w ${shellWord(obstacle.culprit)}`,
        },
      ];
    });
  }
  const inside = found.find(({ path }) => path !== undefined);
  const why =
    inside === undefined
      ? `${names.join(', ')} of the profile ${profile.name} is not in PATH`
      : `${inside.typed} of the profile ${profile.name} is found inside the working directory's repository alone, and gets nothing`;
  return [
    {
      level: 'note',
      topic: TOPIC,
      message: `${place}: ${why}`,
      hint: `command -v ${shellWord(names[0] ?? '')}`,
    },
  ];
}

/** What is matched of a container client's arguments starts behind its global options. */
function patternsThatNeverMatch(_patient: Patient, profile: Profile, place: string): readonly Finding[] {
  const clients = literalNames(profile).filter((name) => containerClient(name) !== undefined);
  if (clients.length === 0 || clients.length !== profile.command.length) return [];
  return (profile.args ?? [])
    .filter((pattern) => pattern.trimStart().startsWith('-'))
    .map((pattern) => ({
      level: 'note',
      topic: TOPIC,
      message: `${place}: the \`args\` pattern ${pattern} never matches: it is matched behind the global options of ${clients[0]}`,
      hint: `args: ["run **"]   also matches ${clients[0]} --context prod run x`,
    }));
}

/** Tried with a command line of each of its patterns: when another profile gets all of them, this one gets none. */
function shadowed(patient: Patient, profile: Profile, place: string): readonly Finding[] {
  const names = literalNames(profile);
  if (names.length === 0 || names.length !== profile.command.length) return [];
  const winners = new Set<string>();
  for (const typed of names) {
    for (const args of sampleArguments(profile)) {
      const { chosen } = chooseProfile({
        files: patient.files,
        command: { typed, path: `/usr/bin/${typed}`, through: 'path' },
        args,
        home: undefined,
      });
      winners.add(chosen?.profile.name ?? profile.name);
    }
  }
  if (winners.has(profile.name) || winners.size === 0) return [];
  return [
    {
      level: 'note',
      topic: TOPIC,
      message: `${place}: the profile ${profile.name} is never chosen: ${[...winners].join(', ')} gets every command line of its`,
      hint: `pqx explain ${shellWord(names[0] ?? '')}   shows who wins and why; -p ${profile.name} still chooses it`,
    },
  ];
}

function sampleArguments(profile: Profile): readonly (readonly string[])[] {
  if (profile.args === undefined) return [[], ['x'], ['x', 'y']];
  if (profile.args.length === 0) return [[]];
  return profile.args
    .filter((pattern) => !pattern.startsWith('!'))
    .flatMap((pattern) => {
      const words = pattern.split(/\s+/).filter((part) => part !== '');
      const plain = words.filter((part) => part !== '**').map((part) => part.replace(/[*?]/g, 'x'));
      return words.includes('**') ? [plain, [...plain, 'x']] : [plain];
    });
}

/** The commands that it names without a glob and without a slash. */
function literalNames(profile: Profile): readonly string[] {
  return profile.command.filter(
    (pattern) => !pattern.startsWith('!') && !pattern.includes('/') && isLiteral(pattern),
  );
}

function findIn({ world }: Patient, name: string) {
  return findCommand(name, world.env('PATH'), world.cwd, world.env('HOME'));
}
