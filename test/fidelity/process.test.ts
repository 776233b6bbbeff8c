import { sameAsDirect } from './compare.ts';
import { PROCESS } from './rows/process.ts';

sameAsDirect(PROCESS);
