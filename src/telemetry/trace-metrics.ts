import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** What tracing counts about itself. */
export interface TraceMetrics {
  /** What became of so many spans: taken by the collector, dropped because too many waited, or not taken by it. */
  spans(fate: 'exported' | 'dropped' | 'failed', spans: number): void;
  /** A trace that was worth keeping was not kept: too many were a second (`rate`), or too many calls are under way (`open`). */
  leftOut(why: 'rate' | 'open'): void;
  /** Asks `size` for the spans that wait, whenever the metrics are read. */
  watchQueue(size: () => number): void;
}

/** Makes them; only where there is tracing. */
export function registerTraceMetrics(registry: Registry): TraceMetrics {
  const registers = [registry];
  const spans = new Counter({
    name: 'sallyport_trace_spans_total',
    help: 'Spans by what became of them: exported, dropped because the queue was full, or failed to be exported.',
    labelNames: ['fate'],
    registers,
  });
  const leftOut = new Counter({
    name: 'sallyport_traces_left_out_total',
    help: 'Refused, failed and slow calls whose spans were not kept: over the rate, or too many calls under way.',
    labelNames: ['why'],
    registers,
  });
  return {
    spans: (fate, count) => spans.inc({ fate }, count),
    leftOut: (why) => leftOut.inc({ why }),
    watchQueue(size) {
      new Gauge({
        name: 'sallyport_trace_queue_spans',
        help: 'Spans that wait for the collector.',
        registers,
        collect() {
          this.set(size());
        },
      });
    },
  };
}
