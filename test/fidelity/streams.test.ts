import { sameAsDirect } from './compare.ts';
import { STREAMS } from './rows/streams.ts';

sameAsDirect(STREAMS);
