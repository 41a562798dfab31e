import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** How many of the things that this service itself depends on fail; `open` is asked when it is read. */
export function registerDependencies(registry: Registry, open: () => number): void {
  new Gauge({
    name: 'sallyport_dependencies_open',
    help: 'Dependencies, such as key sets of identity providers, that fail and are left alone for a while.',
    registers: [registry],
    collect() {
      this.set(open());
    },
  });
}
