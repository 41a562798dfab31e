import { performance } from 'node:perf_hooks';
import type { Registry } from '@prometheus-io/client';
import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';

/** The process's own numbers, read when they are asked for. */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry];
  let seenMicros = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system - seenMicros) / 1e6);
      seenMicros = user + system;
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'sallyport_event_loop_utilization',
    help: 'Share of time since the last scrape in which the event loop was busy, 0 to 1.',
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
}
