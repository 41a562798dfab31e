import { FAILOVER_FAULTS } from './failover-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(FAILOVER_FAULTS);
