import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** What there is to say of the record, beside what of it is lost. */
export interface RecordMetrics {
  /** A refusal beyond their share of the record was counted instead of written. */
  refusalCounted(): void;
  /** A checkpoint was signed, or could not be. */
  checkpoint(result: 'signed' | 'failed'): void;
  /** How it is with the place outside that checkpoints go to. */
  setCheckpointsOutside(state: 'publishing' | 'failing' | 'behind'): void;
  /** Asks `lagMs` for how long the oldest record has waited to be on the disk, whenever the metrics are read. */
  watchLag(lagMs: () => number): void;
}

/** Registers them. */
export function registerRecord(registry: Registry): RecordMetrics {
  const registers = [registry];
  const counted = new Counter({
    name: 'sallyport_refusals_counted_total',
    help: 'Refusals beyond their share of the record, counted by caller and reason instead of written.',
    registers,
  });
  const checkpoints = new Counter({
    name: 'sallyport_checkpoints_total',
    help: 'Checkpoints of the record that were signed, or could not be.',
    labelNames: ['result'],
    registers,
  });
  const outside = new Gauge({
    name: 'sallyport_checkpoints_outside',
    help: '1 for how it is with the place outside: behind means that the record was cut or taken back.',
    labelNames: ['state'],
    registers,
  });
  return {
    refusalCounted: () => counted.inc(),
    checkpoint: (result) => checkpoints.inc({ result }),
    setCheckpointsOutside(state) {
      outside.reset();
      outside.set({ state }, 1);
    },
    watchLag(lagMs) {
      new Gauge({
        name: 'sallyport_record_lag_seconds',
        help: 'For how long the oldest record has been written that may not be on the disk.',
        registers,
        collect() {
          this.set(lagMs() / 1000);
        },
      });
    },
  };
}
