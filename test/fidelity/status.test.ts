import { sameAsDirect } from './compare.ts';
import { STATUS } from './rows/status.ts';

sameAsDirect(STATUS);
