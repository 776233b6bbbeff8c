/** Runs the checks whose names are its arguments and prints their reports as JSON: for runtimes other than the tests' own. */
import { OWN_CHECKS, VECTOR_CHECKS } from './checks.ts';

const checks: Readonly<Record<string, () => Promise<unknown>>> = { ...OWN_CHECKS, ...VECTOR_CHECKS };
const reports: Record<string, unknown> = {};
for (const name of process.argv.slice(2)) reports[name] = await checks[name]?.();
console.log(JSON.stringify(reports));
