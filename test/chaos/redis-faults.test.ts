import { REDIS_FAULTS } from './redis-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(REDIS_FAULTS);
