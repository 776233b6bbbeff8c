import { sameAsDirect } from './compare.ts';
import { STARTING } from './rows/starting.ts';

sameAsDirect(STARTING);
