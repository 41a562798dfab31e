import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import { once } from '../envoy/once.ts';
import { retryAfterMs } from '../reply/retry-after.ts';
import { readAddress } from '../envoy/read-address.ts';
import { readMapInto } from '../envoy/read-map.ts';
import { ProtobufReader } from '../grpc/protobuf-reader.ts';
import { RESPONSE_FLAGS } from './access-log-entry.ts';
import { addressText } from './address-text.ts';
import { readDurationMs, readUint32Value } from './read-wrapped.ts';

/** `log_name` of the log in which Envoy's router tells of each try to reach a tool server. */
export const TRIES_LOG = 'sallyport-tries';
/** The request header by which a try is told to be one of a call: ours, whatever the agent sent under its name. */
export const DECISION_HEADER = 'sallyport-decision-id';

/** The header field of replies that is told. */
export const TOLD_OF_REPLIES = 'retry-after';

/** One try, and of which call. */
export interface ToldTry {
  readonly decisionId: string;
  readonly attempt: UpstreamAttempt;
}

/** Tries are told one at a time. */
const MAX_TRIES = 256;

/** Whether the first message of a stream says that it is the log of tries. Total, as what follows. */
export function namesTriesLog(message: Uint8Array): boolean {
  try {
    return readLogName(new ProtobufReader(message)) === TRIES_LOG;
  } catch {
    return false;
  }
}

/** The tries in one `StreamAccessLogsMessage`; none of one that cannot be read. What is missing in an entry leaves it out. */
export function readTries(message: Uint8Array): readonly ToldTry[] {
  try {
    return readMessage(new ProtobufReader(message));
  } catch {
    return [];
  }
}

function readLogName(reader: ProtobufReader): string {
  let name = '';
  const readIdentifier = (): void => {
    while (reader.next()) {
      if (reader.field === 2) name = reader.string();
      else reader.skip();
    }
  };
  while (reader.next()) {
    if (reader.field === 1) reader.message(readIdentifier);
    else reader.skip();
  }
  return name;
}

function readMessage(reader: ProtobufReader): readonly ToldTry[] {
  const tries: ToldTry[] = [];
  const take = (told: ToldTry | undefined): void => {
    if (told !== undefined && tries.length < MAX_TRIES) tries.push(told);
  };
  const readLogs = (): void => {
    while (reader.next()) {
      if (reader.field === 1) take(reader.message(readEntry));
      else reader.skip();
    }
  };
  while (reader.next()) {
    if (reader.field === 2) reader.message(readLogs);
    else reader.skip();
  }
  return tries;
}

type Times = Pick<UpstreamAttempt, 'durationMs' | 'upstream' | 'failure'> & {
  readonly startedAtMs: number | undefined;
};

/** `HTTPAccessLogEntry`. */
function readEntry(reader: ProtobufReader): ToldTry | undefined {
  let times: Times | undefined;
  let decisionId: string | undefined;
  let reply: Pick<UpstreamAttempt, 'httpStatus' | 'retryAfterMs'> = { httpStatus: undefined };
  while (reader.next()) {
    if (reader.field === 1) times = once(times, reader.message(readTimes));
    else if (reader.field === 3) decisionId = reader.message(readDecisionId);
    else if (reader.field === 4) reply = reader.message(readReply);
    else reader.skip();
  }
  if (times?.startedAtMs === undefined || decisionId === undefined) return undefined;
  return { decisionId, attempt: { ...times, startedAtMs: times.startedAtMs, ...reply } };
}

/** `AccessLogCommon`. */
function readTimes(reader: ProtobufReader): Times {
  let startedAtMs: number | undefined;
  let durationMs = 0;
  let upstream: string | undefined;
  let failure: string | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 5:
        // `google.protobuf.Timestamp` is written as a Duration since the epoch.
        startedAtMs = reader.message(readDurationMs);
        break;
      case 13:
        upstream = readUpstream(reader);
        break;
      case 16:
        failure = reader.message(readFlag);
        break;
      case 23:
        durationMs = reader.message(readDurationMs);
        break;
      default:
        reader.skip();
    }
  }
  return { startedAtMs, durationMs, upstream, failure };
}

function readUpstream(reader: ProtobufReader): string | undefined {
  const address = reader.message(readAddress);
  return address === undefined ? undefined : addressText(address);
}

/** The first of `ResponseFlags` that is set; each that is used here is a boolean, or not there. */
function readFlag(reader: ProtobufReader): string | undefined {
  let found: string | undefined;
  while (reader.next()) {
    const flag = RESPONSE_FLAGS.get(reader.field);
    if (flag === undefined || flag === 'unauthorized_details') reader.skip();
    else if (reader.bool()) found ??= flag;
  }
  return found;
}

/** `HTTPRequestProperties.request_headers`. */
function readDecisionId(reader: ProtobufReader): string | undefined {
  const headers = new Map<string, string>();
  while (reader.next()) {
    if (reader.field === 13) readMapInto(headers, reader, (of) => of.string(), '');
    else reader.skip();
  }
  return headers.get(DECISION_HEADER);
}

/** `HTTPResponseProperties`: `response_code` and `response_headers`. */
function readReply(reader: ProtobufReader): Pick<UpstreamAttempt, 'httpStatus' | 'retryAfterMs'> {
  let status = 0;
  let headers: Map<string, string> | undefined;
  while (reader.next()) {
    if (reader.field === 1) status = reader.message(readUint32Value);
    else if (reader.field === 4) readMapInto((headers ??= new Map()), reader, (of) => of.string(), '');
    else reader.skip();
  }
  const pauseMs = headers === undefined ? undefined : retryAfterMs((name) => headers.get(name));
  const asked = pauseMs === undefined ? {} : { retryAfterMs: pauseMs };
  return { httpStatus: status === 0 ? undefined : status, ...asked };
}
