import type { Facts } from '../../decision/facts.ts';
import type { ExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { PortableReservations } from '../envoy/envoy-door.ts';
import type { StreamCall, StreamHandler } from '../grpc/server.ts';
import type { AccessLogEntry } from './access-log-entry.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { namesTriesLog, readTries, type ToldTry } from './read-tries.ts';
import { reportOf } from './report-of.ts';

/** What the access log is read for. */
export interface AccessLogDoor<F extends Facts = Facts> {
  readonly exchanges: Pick<ExchangeLedger<F>, 'settle' | 'alive'>;
  /** Settles what a call reserved that another instance allowed; absent where none can be. */
  readonly reservations?: Pick<PortableReservations, 'settle'>;
  /** Aborts when the service stops and nothing that is logged is of interest to anybody any more. */
  readonly told: AbortSignal;
  /** Hears of reports that said nothing. Never throws. */
  readonly onEvent: (event: AccessLogEvent) => void;
  /** Hears of each try to reach a tool server, where Envoy's router tells of them. Never throws. */
  readonly onTry?: ((told: ToldTry) => void) | undefined;
}

/**
 * `unknown_exchange`: of a call that is not known here, allowed by another process or this one before it was restarted.
 * `unreadable_log`: a message that is no log, or an entry in one that cannot be read; once for each.
 */
export type AccessLogEvent = 'unknown_exchange' | 'unreadable_log';

/** `StreamAccessLogsResponse {}`, which Envoy does not wait for. */
const RECEIVED = new Uint8Array(0);

/**
 * `envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs`: tells the ledger what became of each allowed call.
 *
 * A log says what was, so nothing in it can allow anything, and what cannot be read of it is passed over. It runs until Envoy
 * ends it, or the service stops and knows the outcome of every call.
 */
export function createAccessLogHandler<F extends Facts>(door: AccessLogDoor<F>): StreamHandler {
  return async (call) => {
    const { promise: told, resolve } = Promise.withResolvers<unknown>();
    if (door.told.aborted) resolve(undefined);
    door.told.addEventListener('abort', resolve);
    try {
      await Promise.race([readAll(call, door), told]);
      await call.send(RECEIVED);
    } finally {
      door.told.removeEventListener('abort', resolve);
    }
  };
}

async function readAll<F extends Facts>({ messages }: StreamCall, door: AccessLogDoor<F>): Promise<void> {
  let tries: boolean | undefined;
  for await (const message of messages) {
    // Only the first message of a stream says which log it is.
    tries ??= namesTriesLog(message);
    if (tries) {
      for (const told of readTries(message)) door.onTry?.(told);
      continue;
    }
    const logs = readAccessLogs(message);
    if (logs.kind === 'refused') {
      door.onEvent('unreadable_log');
      continue;
    }
    for (const entry of logs.entries) take(entry, door);
    for (const _ of logs.unreadable) door.onEvent('unreadable_log');
  }
}

function take<F extends Facts>(entry: AccessLogEntry, { exchanges, reservations, onEvent }: AccessLogDoor<F>): void {
  const { decisionId, intermediate, metadata } = entry;
  // Without an id it never got an answer of ours: Envoy refused it, or its client went first.
  if (decisionId === undefined || isRefused(metadata)) return;
  if (intermediate) exchanges.alive(decisionId);
  else {
    const report = reportOf(entry, decisionId);
    if (exchanges.settle(report) !== 'unknown') return;
    onEvent('unknown_exchange');
    const reserved = metadata.get(EXT_AUTHZ)?.get('reserved');
    const attempts = report.kind === 'undelivered' ? 0 : (report.attempts ?? 1);
    if (typeof reserved === 'string') reservations?.settle(decisionId, reserved, attempts);
  }
}

const EXT_AUTHZ = 'envoy.filters.http.ext_authz';

/** Refused calls are over when they are answered, and the record has them. */
function isRefused(metadata: AccessLogEntry['metadata']): boolean {
  return [...metadata.values()].some((said) => said.get('verdict') === 'refused');
}
