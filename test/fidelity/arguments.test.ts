import { sameAsDirect } from './compare.ts';
import { ARGUMENTS } from './rows/arguments.ts';

sameAsDirect(ARGUMENTS);
