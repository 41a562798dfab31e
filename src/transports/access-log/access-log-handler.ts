import type { Facts } from '../../decision/facts.ts';
import type { ExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { StreamCall, StreamHandler } from '../grpc/server.ts';
import type { AccessLogEntry } from './access-log-entry.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { reportOf } from './report-of.ts';

/** What the access log is read for. */
export interface AccessLogDoor<F extends Facts = Facts> {
  readonly exchanges: Pick<ExchangeLedger<F>, 'settle' | 'alive' | 'whenEmpty'>;
  /** Aborts when the service begins to stop: the log is read until nothing is open any more. */
  readonly draining: AbortSignal;
  /** Aborts when it can wait no longer. */
  readonly stopping: AbortSignal;
  /** Hears of reports that said nothing. Never throws. */
  readonly onEvent: (event: AccessLogEvent) => void;
}

/**
 * `unknown_exchange`: of a call that is not known here, allowed by another process or this one before it was restarted.
 * `unreadable_log`: a message that is no log.
 */
export type AccessLogEvent = 'unknown_exchange' | 'unreadable_log';

/** `StreamAccessLogsResponse {}`, which Envoy does not wait for. */
const RECEIVED = new Uint8Array(0);

/**
 * `envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs`: tells the ledger what became of each allowed call.
 *
 * A log says what was, so nothing in it can allow anything, and one that cannot be read is passed over. It runs until Envoy
 * ends it, or the service stops and knows the outcome of every call.
 */
export function createAccessLogHandler<F extends Facts>(door: AccessLogDoor<F>): StreamHandler {
  return async (call) => {
    const told = Promise.withResolvers<unknown>();
    const waitForRest = (): void => void door.exchanges.whenEmpty().then(told.resolve);
    if (door.draining.aborted) waitForRest();
    door.draining.addEventListener('abort', waitForRest);
    door.stopping.addEventListener('abort', told.resolve);
    try {
      await Promise.race([readAll(call, door), told.promise]);
      await call.send(RECEIVED);
    } finally {
      door.draining.removeEventListener('abort', waitForRest);
      door.stopping.removeEventListener('abort', told.resolve);
    }
  };
}

async function readAll<F extends Facts>({ messages }: StreamCall, door: AccessLogDoor<F>): Promise<void> {
  for await (const message of messages) {
    const logs = readAccessLogs(message);
    if (logs.kind === 'refused') door.onEvent('unreadable_log');
    else for (const entry of logs.entries) take(entry, door);
  }
}

function take<F extends Facts>(entry: AccessLogEntry, { exchanges, onEvent }: AccessLogDoor<F>): void {
  const { decisionId, intermediate, metadata } = entry;
  // Without an id it never got an answer of ours: Envoy refused it, or its client went first.
  if (decisionId === undefined || isRefused(metadata)) return;
  if (intermediate) exchanges.alive(decisionId);
  else if (exchanges.settle(reportOf(entry, decisionId)) === 'unknown') onEvent('unknown_exchange');
}

/** Refused calls are over when they are answered, and the record has them. */
function isRefused(metadata: AccessLogEntry['metadata']): boolean {
  return [...metadata.values()].some((said) => said.get('verdict') === 'refused');
}
