import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** What a step of shipping came to. */
export interface ShipStep {
  readonly sink: string;
  readonly shipped: number;
  readonly failures: number;
  readonly missing: number;
  readonly refused: number;
  readonly behind: number;
}

/** What there is to say of the places that the record is brought to. Their names are those of the configuration. */
export interface ShipMetrics {
  /** Counts these from now on. */
  watch(sinks: readonly string[]): void;
  told(step: ShipStep): void;
}

/** Registers them. */
export function registerShipping(registry: Registry, nowMs: () => number): ShipMetrics {
  const m = register(registry);
  const caughtUpMs = new Map<string, number>();
  new Gauge({
    name: 'sallyport_ship_lag_seconds',
    help: 'Time since a place last had every signed record.',
    labelNames: ['sink'],
    registers: [registry],
    collect() {
      for (const [sink, since] of caughtUpMs) this.set({ sink }, Math.max(0, nowMs() - since) / 1000);
    },
  });
  return {
    watch(sinks) {
      for (const sink of sinks) {
        caughtUpMs.set(sink, nowMs());
        m.records.inc({ sink, result: 'shipped' }, 0);
        m.records.inc({ sink, result: 'missing' }, 0);
        m.records.inc({ sink, result: 'refused' }, 0);
        m.failures.inc({ sink }, 0);
      }
    },
    told({ sink, shipped, failures, missing, refused, behind }) {
      m.records.inc({ sink, result: 'shipped' }, shipped);
      m.records.inc({ sink, result: 'missing' }, missing);
      m.records.inc({ sink, result: 'refused' }, refused);
      m.failures.inc({ sink }, failures);
      m.behind.set({ sink }, behind);
      if (behind === 0 && failures === 0) caughtUpMs.set(sink, nowMs());
    },
  };
}

function register(registry: Registry) {
  const registers = [registry];
  return {
    records: new Counter({
      name: 'sallyport_ship_records_total',
      help: 'Records that were brought to a place, that it refused for good, or that were gone before.',
      labelNames: ['sink', 'result'],
      registers,
    }),
    failures: new Counter({
      name: 'sallyport_ship_failures_total',
      help: 'Attempts to bring records to a place that failed; each is made again.',
      labelNames: ['sink'],
      registers,
    }),
    behind: new Gauge({
      name: 'sallyport_ship_behind_records',
      help: 'Signed records that a place did not have at the last attempt.',
      labelNames: ['sink'],
      registers,
    }),
  };
}
