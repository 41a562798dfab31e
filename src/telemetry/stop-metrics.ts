import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** How many stops are in force, and whether they are known; `state` is asked when they are read. */
export function registerStops(
  registry: Registry,
  state: () => { readonly count: number; readonly isKnown: boolean },
): void {
  new Gauge({
    name: 'sallyport_stops',
    help: 'Stops of operators that are in force.',
    registers: [registry],
    collect() {
      this.set(state().count);
    },
  });
  new Gauge({
    name: 'sallyport_stops_known',
    help: '0 while it cannot be told what is stopped, and tools that can do more than read are refused.',
    registers: [registry],
    collect() {
      this.set(state().isKnown ? 1 : 0);
    },
  });
}
