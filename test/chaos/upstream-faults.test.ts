import { UPSTREAM_FAULTS } from './upstream-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(UPSTREAM_FAULTS);
