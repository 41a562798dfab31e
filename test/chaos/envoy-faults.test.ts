import { ENVOY_FAULTS } from './envoy-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(ENVOY_FAULTS);
