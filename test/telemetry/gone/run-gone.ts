import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeProject } from '../../e2e/start-sallyport.ts';
import { startToolServer } from '../../soak/counted-upstream.ts';
import { median } from '../../soak/growth.ts';
import { readSeries, sumOf } from '../../soak/series.ts';
import { type Memory, type ServedProcess, startServed } from '../../soak/served-process.ts';
import { startCollector } from '../start-collector.ts';
import { startPrometheus } from '../start-prometheus.ts';
import { callSteadily } from './steady-calls.ts';

export interface GoneOptions {
  readonly callsPerSecond: number;
  /** How long both are there before, and how long they are gone, seconds. For half of that the collector hangs; then it is dead. */
  readonly warmUpS: number;
  readonly goneS: number;
  /** Between two looks at the memory, seconds. */
  readonly everyS: number;
  readonly onLook?: (look: Look) => void;
}

/** The process at one time. */
export interface Look extends Memory {
  /** Since both are gone, seconds. */
  readonly atS: number;
  readonly calls: number;
  /** Of the calls since the last look, milliseconds. */
  readonly medianMs: number;
  readonly worstMs: number;
  readonly openFiles: number;
}

/** What became of spans, as the process counts it. */
export interface SpanCounts {
  readonly exported: number;
  readonly dropped: number;
  readonly failed: number;
  readonly waiting: number;
}

export interface GoneReport {
  readonly looks: readonly Look[];
  readonly calls: number;
  readonly failedCalls: number;
  /** When both went, just before they came back, and when all was sent again. */
  readonly spans: { readonly before: SpanCounts; readonly gone: SpanCounts; readonly after: SpanCounts };
  /** What Prometheus has of the spans when it is back. */
  readonly scraped: number;
  readonly exitCode: number | null;
}

/** The call, its thirteen checks, and its trip. */
export const SPANS_OF_A_CALL = 15;
export const MOST_WAITING = 4096;
const LOOK_EVERY_MS = 100;

/** A `serve` of built files under steady calls, whose real Collector and Prometheus go away and come back. */
export async function runGone(options: GoneOptions): Promise<GoneReport> {
  await using undo = new AsyncDisposableStack();
  const upstream = undo.use(await startToolServer());
  const collector = undo.use(await startCollector());
  const folder = await writeProject({
    servers: { tools: upstream.url },
    level: 'info',
    telemetry: [`tracing: { otlp: ${collector.http.otlp}, sample: 1, max_queued_spans: ${MOST_WAITING} }`],
  });
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const served = undo.use(await startServed(folder));
  const operatorSocket = join(folder, '.sallyport/operator.sock');
  const prometheus = await startPrometheus(operatorSocket);
  const calls = callSteadily(`${served.origin}/tools`, options.callsPerSecond);
  undo.defer(() => calls.stop());

  await pause(options.warmUpS * 1000);
  await prometheus[Symbol.asyncDispose]();
  const before = await spansOf(served);
  collector.hang();
  const looks: Look[] = [];
  calls.takeTimes();
  const gonePhase = async (untilS: number): Promise<void> => {
    for (let atS = (looks.at(-1)?.atS ?? 0) + options.everyS; atS <= untilS; atS += options.everyS) {
      await pause(options.everyS * 1000);
      const look = await lookAt(served, atS, calls);
      looks.push(look);
      options.onLook?.(look);
    }
  };
  await gonePhase(options.goneS / 2);
  await collector.end();
  await gonePhase(options.goneS);
  const gone = await spansOf(served);

  await collector.begin();
  await using again = await startPrometheus(operatorSocket);
  await calls.stop();
  const after = await untilSent(served);
  const scraped = await again.ask<{ result: { value: [number, string] }[] }>(
    'query?query=sum(sallyport_trace_spans_total)',
    ({ result }) => Number(result[0]?.value[1]) >= after.exported + after.dropped + after.failed,
  );
  return {
    looks,
    calls: calls.made,
    failedCalls: calls.failed,
    spans: { before, gone, after },
    scraped: Number(scraped.result[0]?.value[1]),
    exitCode: await served.drain(),
  };
}

async function lookAt(served: ServedProcess, atS: number, calls: ReturnType<typeof callSteadily>): Promise<Look> {
  const times = calls.takeTimes();
  const look = { atS, calls: calls.made, medianMs: median(times), worstMs: Math.max(...times) };
  const memory = await served.collected();
  return { ...look, ...memory, openFiles: await served.openFiles() };
}

/** Resolves when no spans wait any more. */
async function untilSent(served: ServedProcess): Promise<SpanCounts> {
  for (;;) {
    const counts = await spansOf(served);
    if (counts.waiting === 0) return counts;
    await pause(LOOK_EVERY_MS);
  }
}

async function spansOf(served: ServedProcess): Promise<SpanCounts> {
  const series = readSeries(await served.metrics());
  const fate = (name: string): number =>
    sumOf(series, 'sallyport_trace_spans_total', (labels) => labels.get('fate') === name);
  const waiting = sumOf(series, 'sallyport_trace_queue_spans', () => true);
  return { exported: fate('exported'), dropped: fate('dropped'), failed: fate('failed'), waiting };
}
