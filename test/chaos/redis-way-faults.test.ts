import { REDIS_WAY_FAULTS } from './redis-way-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(REDIS_WAY_FAULTS);
