import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** Whether the shared store of limits is lost, and for how long it has been in all; `state` is asked when they are read. */
export function registerLimitStore(
  registry: Registry,
  state: () => { readonly isLost: boolean; readonly lostMs: number },
): void {
  new Gauge({
    name: 'sallyport_limit_store_lost',
    help: '1 while the shared store of limits cannot be had and each limit does what it says for that.',
    registers: [registry],
    collect() {
      this.set(state().isLost ? 1 : 0);
    },
  });
  new Counter({
    name: 'sallyport_limit_store_lost_seconds_total',
    help: 'Time for which the shared store of limits could not be had.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(state().lostMs / 1000);
    },
  });
}
