/** What a failed start means: another way to start it, or what the user is told (launch: statuses 125, 126, 127). Pure. */
import { Fault, printable } from '../fault.ts';
import { bytesOfText, textOfBytes } from '../platform/bytes.ts';
import type { Execution } from '../platform/caller.ts';
import { shellWord } from '../quote.ts';

/** The longest string that Linux takes in argv or environ, in bytes without the NUL (execve(2), MAX_ARG_STRLEN). */
export const LONGEST_STRING = 131_071;

/** `code` is the system's name of the error that execve(2) gave. */
export function startFault(code: string, execution: Execution): Fault {
  const path = printable(execution.path);
  switch (code) {
    case 'ENOENT':
      return new Fault('not-found', `${path}: its interpreter or its loader was not found`, {
        hint: `head -1 ${shellWord(execution.path)}   shows the interpreter of a script`,
      });
    case 'E2BIG':
      return tooLong(execution);
    default:
      return new Fault('not-executable', `${path} could not be started (${code})`);
  }
}

/** Names what is too long, and never what it holds. */
function tooLong(execution: Execution): Fault {
  const variable = execution.environ.find((entry) => entry.length > LONGEST_STRING);
  if (variable !== undefined) {
    const name = textOfBytes(variable.subarray(0, Math.max(variable.indexOf(0x3d), 0)));
    return new Fault(
      'launch',
      `the variable ${printable(name)} is longer than a variable can be (${LONGEST_STRING} bytes with its name)`,
      {
        hint: `files: { ${printable(name)}: { content: … } }   in the profile hands it over as a file`,
      },
    );
  }
  const long = execution.argv.findIndex((argument) => bytesOfText(argument).length > LONGEST_STRING);
  if (long > 0) {
    return new Fault(
      'not-executable',
      `argument ${long} is longer than an argument can be (${LONGEST_STRING} bytes)`,
    );
  }
  return new Fault('not-executable', 'arguments and environment together are longer than the system allows', {
    hint: 'getconf ARG_MAX   shows the limit in bytes',
  });
}

/** A file that is no program format is a script of the shell's, as execvp(3) has it. */
export function throughShell(execution: Execution): Execution {
  const { program, ...rest } = execution;
  return { ...rest, path: '/bin/sh', argv: ['/bin/sh', execution.path, ...execution.argv.slice(1)] };
}
