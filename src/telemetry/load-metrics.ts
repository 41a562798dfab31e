import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';
import type { Priority } from '../call/priority.ts';

/** What the process tells of its load. */
export interface LoadMetrics {
  /** A call was shed; `unknown`: of a caller whose class was not known yet. */
  shed(priority: Priority | 'unknown'): void;
  /** Asks `load` whenever the metrics are read. */
  watchLoad(load: () => LoadNow): void;
}

/** The load as it is. Servers are configured names. */
export interface LoadNow {
  /** The greater of how late the event loop and how full the process is, as shares of what may be. */
  readonly load: number;
  readonly servers: Iterable<readonly [server: string, calls: number, bytes: number]>;
  /** By what rates of adaptive limits are multiplied. */
  readonly factors: Iterable<readonly [server: string, factor: number]>;
}

export function registerLoad(registry: Registry): LoadMetrics {
  const registers = [registry];
  const shed = new Counter({
    name: 'sallyport_calls_shed_total',
    help: 'Calls that were refused under load although there was a place yet, by class.',
    labelNames: ['priority'],
    registers,
  });
  return {
    shed: (priority) => shed.inc({ priority }),
    watchLoad: (load) => watch(registry, load),
  };
}

function watch(registry: Registry, now: () => LoadNow): void {
  const registers = [registry];
  new Gauge({
    name: 'sallyport_load',
    help: 'How heavy the load is: the greater of event-loop delay and calls in progress, as shares of what may be.',
    registers,
    collect() {
      this.set(now().load);
    },
  });
  new Gauge({
    name: 'sallyport_upstream_calls',
    help: 'Requests in progress at each tool server, without open streams.',
    labelNames: ['server'],
    registers,
    collect() {
      this.reset();
      for (const [server, calls] of now().servers) this.set({ server }, calls);
    },
  });
  new Gauge({
    name: 'sallyport_upstream_bytes',
    help: 'Bytes of the bodies of requests in progress at each tool server.',
    labelNames: ['server'],
    registers,
    collect() {
      this.reset();
      for (const [server, , bytes] of now().servers) this.set({ server }, bytes);
    },
  });
  new Gauge({
    name: 'sallyport_limit_factor',
    help: 'By what the rates of adaptive limits are multiplied; servers that no such limit was asked for are not there.',
    labelNames: ['server'],
    registers,
    collect() {
      this.reset();
      for (const [server, factor] of now().factors) this.set({ server }, factor);
    },
  });
}
