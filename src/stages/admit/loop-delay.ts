import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop has lately been. */
export interface LoopDelay {
  /** Mean delay over the last window, milliseconds. */
  meanMs(): number;
}

const RESOLUTION_MS = 10;

/** Watches this process's event loop in windows of `windowMs`. The timer does not keep the process alive. */
export function watchLoopDelay(windowMs = 250): LoopDelay & Disposable {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let meanMs = 0;
  const timer = setInterval(() => {
    // The histogram measures whole timer intervals: an idle loop shows its resolution. An empty window has no mean.
    const intervalMs = histogram.count === 0 ? windowMs : histogram.mean / 1e6;
    meanMs = Math.max(0, intervalMs - RESOLUTION_MS);
    histogram.reset();
  }, windowMs).unref();
  return {
    meanMs: () => meanMs,
    [Symbol.dispose]() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
