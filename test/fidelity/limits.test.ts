import { sameAsDirect } from './compare.ts';
import { LIMITS } from './rows/limits.ts';

sameAsDirect(LIMITS);
