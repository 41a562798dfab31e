import type { Clock } from '../../kit/clock.ts';
import { withinTime } from '../../kit/within-time.ts';
import type { TraceMetrics } from '../trace-metrics.ts';
import type { TracingConfig } from './config.ts';
import type { FinishedSpan } from './finished-span.ts';
import { createIdSource } from './id-source.ts';
import { SpanQueue } from './span-queue.ts';
import type { KeptTrace } from './kept-trace.ts';
import { spanCount, spansOf } from './spans-of.ts';
import type { TracedService } from './send-by-otlp.ts';
import { TraceBook, type TraceBookOptions } from './trace-book.ts';

export interface TracingOptions extends Pick<TraceBookOptions, 'serverOf' | 'routeOf'> {
  readonly config: TracingConfig;
  readonly service: TracedService;
  readonly clock: Clock;
  readonly metrics: TraceMetrics;
}

/** The traces of calls, and the way of their spans to a collector. */
export interface Tracing extends AsyncDisposable {
  readonly book: TraceBook;
}

/** Time for what waits to be sent when the process ends, milliseconds. */
const FLUSH_MS = 2000;

/** Begins to trace. The collector need not be there. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { config, service, clock, metrics, serverOf, routeOf } = options;
  const { openOtlp } = await import('./send-by-otlp.ts');
  const way = await openOtlp(config, service);
  const ids = createIdSource();
  const queue = new SpanQueue<FinishedSpan>({
    maxSpans: config.max_queued_spans,
    send: way.send,
    onFate: metrics.spans,
  });
  const spanOptions = {
    checks: config.checks,
    names: config.names,
    agentSpans: config.agent_spans,
    newSpanId: () => ids.spanId(),
  };
  // Without room for them none are made.
  const onKept = (kept: KeptTrace): void => {
    if (queue.hasRoom(spanCount(kept, spanOptions))) queue.push(spansOf(kept, spanOptions));
  };
  const book = new TraceBook({
    clock,
    ids,
    sample: config.sample,
    slowMs: config.slow_ms,
    keptPerSecond: config.kept_per_second,
    serverOf,
    routeOf,
    onKept,
    onLeftOut: metrics.leftOut,
  });
  metrics.watchQueue(() => queue.size);
  return {
    book,
    async [Symbol.asyncDispose]() {
      book.close();
      await queue.close(FLUSH_MS);
      await withinTime(
        way.close().catch(() => {}),
        FLUSH_MS,
      );
    },
  };
}
