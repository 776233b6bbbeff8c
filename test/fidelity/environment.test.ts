import { sameAsDirect } from './compare.ts';
import { ENVIRONMENT } from './rows/environment.ts';

sameAsDirect(ENVIRONMENT);
