/** How late the event loop has lately been. */
export interface LoopDelay {
  /** Mean delay over about the last window, milliseconds. */
  meanMs(): number;
}

const TICK_MS = 20;

/**
 * Watches this process's event loop by how late a timer fires, averaged over about `windowMs`. The timer does not keep the
 * process alive.
 *
 * `perf_hooks.monitorEventLoopDelay` would need a reset for each window, and the first tick after one is not measured: a
 * loop that ticks once a window, the slowest of all, would show no delay.
 */
export function watchLoopDelay(
  windowMs = 250,
  monotonicMs: () => number = () => performance.now(),
): LoopDelay & Disposable {
  let meanMs = 0;
  let tickedAtMs = monotonicMs();
  const timer = setInterval(() => {
    const nowMs = monotonicMs();
    const sinceMs = nowMs - tickedAtMs;
    const weight = Math.min(1, sinceMs / windowMs);
    meanMs += weight * (Math.max(0, sinceMs - TICK_MS) - meanMs);
    tickedAtMs = nowMs;
  }, TICK_MS).unref();
  return {
    meanMs: () => meanMs,
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}
