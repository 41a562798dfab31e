import { CLOCK_FAULTS, whyNoCompiler } from './clock-faults.ts';
import { tryFaults } from './try-faults.ts';

tryFaults(CLOCK_FAULTS, whyNoCompiler());
