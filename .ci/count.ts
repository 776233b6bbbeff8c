/**
 * `count.ts REPORT…`: prints `PASSED FAILED` of vitest's JSON reports, one a run. A test that was skipped in every run is
 * a failure and is named on standard error, but for vectors that lie beside the repository when they do not lie there. A
 * report that is missing or broken, as after a crash or a hang, is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

let passed = 0;
let failed = 0;
/** Tests by file and name, and whether one of the runs ran them. */
const ran = new Map<string, boolean>();

for (const path of process.argv.slice(2)) {
  const report = read(path);
  if (report === undefined) {
    console.error(`no report of the tests: ${path}`);
    failed += 1;
    continue;
  }
  for (const { name: file, assertionResults } of report.testResults) {
    for (const { fullName, status } of assertionResults) {
      // Why a test is skipped stands in its name where it is.
      const name = fullName.replace(/ \((?:lacking|needs|skipped)\b[^)]*\)/g, '');
      const test = `${file.slice(file.lastIndexOf('/test/') + 1)}: ${name}`;
      if (status === 'passed') passed += 1;
      if (status === 'failed') failed += 1;
      ran.set(test, ran.get(test) === true || status === 'passed' || status === 'failed');
    }
  }
}

const vectorsAreHere = existsSync(new URL('../../shared/vectors/', import.meta.url));
for (const [test, inSomeRun] of ran) {
  if (inSomeRun) continue;
  console.error(`skipped: ${test}`);
  if (vectorsAreHere || !/vectors/i.test(test)) failed += 1;
}
console.log(`${passed} ${failed}`);

function read(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
