import type { Config } from '../config/schema.ts';
import { envoyListeners } from '../config/listeners-of.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { createExchangeLedger, type ExchangeLedger, type LedgerEvent } from '../outcome/exchange-ledger.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** The ledger of each listener that Envoy asks. They outlive reloads, as the listeners do. */
export interface Ledgers extends Disposable {
  /** `undefined` when no such listener was there at the start. */
  of(listener: string): ExchangeLedger<SallyportFacts> | undefined;
  /** A new configuration is in force. */
  forgive(): void;
}

export interface LedgerParts {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Hears of calls that no longer run, before their outcome is known. Never throws. */
  readonly onLeft: (decisionId: string) => void;
}

const SWEEP_EVERY_MS = 1000;

/** Empty ledgers, swept until they are disposed. */
export function createLedgers(config: Config, { log, metrics, onLeft }: LedgerParts): Ledgers {
  const ledgers = new Map<string, ExchangeLedger<SallyportFacts>>();
  for (const [listener, own] of envoyListeners(config)) {
    const ledger = createExchangeLedger<SallyportFacts>({
      expectsLog: own.door === 'ext_proc' || own.outcomes === 'access_log',
      clock: systemClock,
      maxExchanges: config.decision.max_in_flight,
      maxBytes: config.decision.max_buffered_bytes,
      reportWithinMs: own.report_within_ms,
      onLeft,
      onEvent(event, decisionId) {
        if (event !== 'untold') metrics.exchangeEvent(listener, event);
        const [level, message] = TEXTS[event];
        log[level](message, { listener, decision_id: decisionId });
        if (isMiss(event) && !ledger.attended) log.error(NOT_ATTACHED, { listener });
      },
      onError: (cause) => log.error('what a call held could not be given back', { listener, cause: errorOf(cause) }),
    });
    ledgers.set(listener, ledger);
  }
  if (ledgers.size > 0) metrics.watchExchanges(() => [...ledgers].map(([listener, { size }]) => [listener, size]));
  const sweep = (): void => {
    for (const ledger of ledgers.values()) ledger.sweep();
  };
  const timer = ledgers.size > 0 ? setInterval(sweep, SWEEP_EVERY_MS).unref() : undefined;
  return {
    of: (listener) => ledgers.get(listener),
    forgive() {
      for (const ledger of ledgers.values()) ledger.forgive();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

const NOT_ATTACHED =
  'ext_proc is not attached: what needs its reply judged or its body changed is refused until a stream comes or the configuration is reloaded';

function isMiss(event: LedgerEvent): boolean {
  return event === 'unattended' || event === 'unjudged';
}

const TEXTS: Readonly<Record<LedgerEvent, readonly [level: 'debug' | 'warn' | 'error', message: string]>> = {
  full: ['warn', 'there is no room to remember another call that is under way; it is refused'],
  // So it is when a client leaves while Envoy gets the answer, so it must not fill the log.
  expired: ['debug', 'nobody told in time what became of a call'],
  unattended: ['warn', 'no ext_proc stream came for a reply that is to be judged'],
  unjudged: ['error', 'a reply that was to be judged went to its caller as it was: no ext_proc filter is in its way'],
  untold: ['warn', 'calls are under way, and the access log never told of one: send it here, or say outcomes: none'],
};
