import { CLOCK_FAULTS } from './clock-faults.ts';
import { ENVOY_FAULTS } from './envoy-faults.ts';
import { FAILOVER_FAULTS } from './failover-faults.ts';
import type { ChaosFault } from './fault.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { REDIS_WAY_FAULTS } from './redis-way-faults.ts';
import { UPSTREAM_FAULTS } from './upstream-faults.ts';

/** All of them, in groups of what they are done to. A further fault is an entry of one of these tables. */
export const FAULTS = {
  'Redis': [...REDIS_FAULTS, ...REDIS_WAY_FAULTS, ...FAILOVER_FAULTS, ...CLOCK_FAULTS],
  'The tool server': UPSTREAM_FAULTS,
  'Envoy and Sallyport': [...ENVOY_FAULTS, ...PROCESS_FAULTS],
} as const satisfies Readonly<Record<string, readonly ChaosFault[]>>;
