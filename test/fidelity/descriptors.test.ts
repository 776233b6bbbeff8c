import { sameAsDirect } from './compare.ts';
import { DESCRIPTORS } from './rows/descriptors.ts';

sameAsDirect(DESCRIPTORS);
