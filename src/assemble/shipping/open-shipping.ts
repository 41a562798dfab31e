import type { ShipNews } from '../../audit/shipping/ship-news.ts';
import { boundText } from '../../kit/bound-text.ts';
import type { Log } from '../../telemetry/log.ts';
import type { ShipMetrics } from '../../telemetry/ship-metrics.ts';
import type { ShipSetup } from './ship-setup.ts';
import { ShipThread } from './ship-thread.ts';

export interface OpenShippingOptions {
  readonly setup: ShipSetup;
  readonly log: Log;
  readonly metrics: ShipMetrics;
}

/** Longest text of a failure in the log: it may be what another server said. */
const MAX_CAUSE_LENGTH = 500;

/** Has the record brought to the places of `setup`; the operator hears when that fails, and works again. */
export function openShipping({ setup, log, metrics }: OpenShippingOptions): AsyncDisposable {
  const failing = new Set<string>();
  metrics.watch(setup.sinks.map(([name]) => name));
  return new ShipThread({
    setup,
    onNews(news) {
      metrics.told(news);
      report(news, failing, log);
    },
    onEnd: (cause) => log.error('the thread that ships the record ended; it is started again', { cause }),
  });
}

/** Each change is told once. */
function report({ sink, missing, refused, failing: why }: ShipNews, failing: Set<string>, log: Log): void {
  if (missing > 0) log.error('records were gone before they were shipped', { sink, missing });
  if (refused > 0) log.error('a place refused records for good', { sink, refused });
  if (why !== undefined && !failing.has(sink)) {
    failing.add(sink);
    log.warn('the record cannot be shipped; it is tried again', { sink, why: boundText(why, MAX_CAUSE_LENGTH) });
  } else if (why === undefined && failing.delete(sink)) {
    log.info('the record is shipped again', { sink });
  }
}
