import { PROCESS_FAULTS } from './process-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(PROCESS_FAULTS);
